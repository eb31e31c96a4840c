import { describe, expect, it } from "vitest";
import { fits, grouped, imageName, isTrouble, ordered } from "./order";
import { containersSearch } from "./search";
import { ContainerStore } from "./store";
import type { Container } from "./types";

const container = (name: string, more: Partial<Container> = {}): Container =>
  ({
    host_id: 1,
    host_name: "web-1",
    id: name,
    name,
    state: "running",
    health: null,
    image: "nginx:1.27",
    exit_code: null,
    oom_killed: false,
    restart_policy: "no",
    ports: [],
    project: null,
    service: null,
    figures: null,
    ...more,
  }) as Container;
const figures = (cpu: number, at = 1) => ({ at, cpu_percent: cpu, memory_bytes: cpu }) as Container["figures"];
const names = (all: readonly Container[]) => all.map((one) => one.name).join(" ");

describe("containers", () => {
  it("are sorted by what they use, those without figures last either way", () => {
    const all = [container("a"), container("b", { figures: figures(5) }), container("c", { figures: figures(50) })];
    expect(names(ordered(all, "-cpu"))).toBe("c b a");
    expect(names(ordered(all, "memory"))).toBe("b c a");
    expect(names(ordered(all, "name"))).toBe("a b c");
  });

  it("need somebody when they are unhealthy or ended against their will", () => {
    expect(isTrouble(container("a", { health: "unhealthy" }))).toBe(true);
    expect(isTrouble(container("a", { state: "exited", exit_code: 1, restart_policy: "always" }))).toBe(true);
    expect(isTrouble(container("a", { state: "exited", exit_code: 1 }))).toBe(false);
    expect(isTrouble(container("a", { state: "exited", exit_code: 0, restart_policy: "always" }))).toBe(false);
  });

  it("are filtered by host, image in any version, project and words", () => {
    const one = container("shop-web", {
      project: "shop",
      ports: [{ public: 8080, private: 80 }] as Container["ports"],
    });
    expect(fits(one, { host: [2] })).toBe(false);
    expect(fits(one, { image: ["nginx"], project: ["shop"], q: "8080 SHOP" })).toBe(true);
    expect(fits(one, { q: "other" })).toBe(false);
    expect(["a/b:1", "reg:5000/x", "reg:5000/x:2@sha256:ab"].map(imageName)).toEqual([
      "a/b",
      "reg:5000/x",
      "reg:5000/x",
    ]);
  });

  it("stand in their projects, host by host", () => {
    const all = [
      container("x"),
      container("a", { project: "p" }),
      container("b", { project: "p", host_id: 2 }),
      container("c", { project: "p" }),
    ];
    expect(grouped(all).map((group) => [group.project, names(group.containers)])).toEqual([
      ["p", "a c"],
      ["p", "b"],
      [null, "x"],
    ]);
  });

  it("keep their filters in the address and nothing else", () => {
    expect(containersSearch({ state: "running", sort: "-cpu", host: ["3", "x"], flat: "1", evil: 1 })).toEqual({
      state: ["running"],
      sort: "-cpu",
      host: [3],
      flat: true,
    });
    expect(containersSearch({ state: ["nonsense"], sort: "constructor" })).toEqual({});
  });
});

describe("what the feed tells of containers", () => {
  it("is a snapshot, then changes, for the topic that was asked for", () => {
    const store = new ContainerStore(null);
    const snapshot = { type: "containers", host_id: null, engines: [], containers: [container("a"), container("b")] };
    store.take({ ...snapshot, host_id: 7 });
    expect(store.shown.loaded).toBe(false);
    store.take(snapshot);
    const first = container("a", { figures: figures(5, 10) });
    store.take({
      type: "containers.delta",
      host_id: null,
      engines: [],
      containers: [first],
      removed: [{ host_id: 1, id: "b" }],
    });
    store.take({ type: "containers.delta", host_id: null, engines: [], containers: [first], removed: [] });
    expect([...store.shown.containers.keys()]).toEqual(["1/a"]);
    expect(store.trend("1/a")).toEqual([5]);
  });
});
