import { describe, expect, it } from "vitest";
import type { Host } from "../../api/client";
import { merged } from "../../live/fleet";
import { fits, ordered, problems } from "./order";
import { fleetSearch } from "./search";

function host(id: number, name: string, more: Partial<Host> = {}): Host {
  return {
    id,
    name,
    address: `198.51.100.${id}`,
    username: "root",
    state: "up",
    group_ids: [],
    tags: [],
    facts: {},
    summary: {},
    ...more,
  } as Host;
}

describe("the order of the fleet", () => {
  it("counts web-9 before web-10 and puts trouble on top", () => {
    const hosts = [host(1, "web-10"), host(2, "web-9"), host(3, "zeta", { state: "down" })];
    expect(ordered(hosts, "name").map((one) => one.name)).toEqual(["zeta", "web-9", "web-10"]);
    expect(ordered(hosts, "-name").map((one) => one.name)).toEqual(["zeta", "web-10", "web-9"]);
  });

  it("keeps hosts without a figure last in both directions", () => {
    const hosts = [host(1, "a"), host(2, "b", { summary: { cpu_percent: 5 } as Host["summary"] })];
    expect(ordered(hosts, "cpu").map((one) => one.id)).toEqual([2, 1]);
    expect(ordered(hosts, "-cpu").map((one) => one.id)).toEqual([2, 1]);
  });

  it("counts as a problem what needs somebody", () => {
    const hosts = [host(1, "a", { state: "key_changed" }), host(2, "b", { state: "disabled" }), host(3, "c")];
    expect(problems(hosts).map((one) => one.id)).toEqual([1]);
  });
});

describe("the filters", () => {
  const names = new Map([[7, "Tokyo"]]);
  it("find words in name, address, tags, groups and facts", () => {
    const one = host(1, "Web", { tags: ["edge"], group_ids: [7], facts: { os_name: "Debian 12" } });
    for (const q of ["web", "198.51", "edge", "tokyo", "debian", "web tokyo"])
      expect(fits(one, { q }, names), q).toBe(true);
    expect(fits(one, { q: "web osaka" }, names)).toBe(false);
    expect(fits(one, { group: [8] }, names)).toBe(false);
    expect(fits(one, { tag: ["edge", "db"] }, names)).toBe(false);
  });

  it("take from the address only what belongs there", () => {
    expect(fleetSearch({ q: "x", state: ["down", "lost"], group: ["3", "x"], sort: "-cpu", view: "tiles" })).toEqual({
      q: "x",
      group: [3],
      tag: undefined,
      state: ["down"],
      sort: "-cpu",
      view: undefined,
    });
    expect(fleetSearch({ sort: "constructor" }).sort).toBeUndefined();
  });
});

describe("changes of the feed", () => {
  it("touch only the rows they name", () => {
    const before = new Map([host(1, "a"), host(2, "b")].map((one) => [one.id, one]));
    const after = merged(
      before,
      [
        { id: 1, state: "down" },
        { id: 9, state: "up" },
      ],
      [2],
    );
    expect(after.get(1)).toMatchObject({ name: "a", state: "down" });
    expect([...after.keys()]).toEqual([1]);
    expect(before.get(1)?.state).toBe("up");
  });
});
