import { describe, expect, it } from "vitest";
import type { Job, JobEvent, JobHost } from "../types";
import { cellKey, JobStore } from "./store";

const job = { id: 1, name: "job" } as Job;
const host = (host_id: number, name: string, state = "pending") => ({ host_id, name, state }) as JobHost;
const event = (seq: number, host_id: number, step: string, state: string, index = 0) =>
  ({
    seq,
    host_id,
    step,
    state,
    index,
    title: step,
    play: "",
    action: "",
    started_at: null,
    ended_at: null,
  }) as JobEvent;

describe("a job that is watched", () => {
  it("has its hosts by name, with numbers in their order", () => {
    const store = new JobStore();
    store.take(job, [host(1, "node-10"), host(2, "node-2")]);
    expect(store.snapshot()?.hosts.map((one) => one.name)).toEqual(["node-2", "node-10"]);
  });

  it("takes changes of single hosts, and leaves what did not change as it was", () => {
    const store = new JobStore();
    store.take(job, [host(1, "a"), host(2, "b")]);
    const before = store.snapshot();
    store.take(null, [host(2, "b", "ok")]);
    const after = store.snapshot();
    expect(after?.hosts.map((one) => one.state)).toEqual(["pending", "ok"]);
    expect(after?.hosts[0]).toBe(before?.hosts[0]);
    store.take({ ...job, name: "other" }, []);
    expect(store.snapshot()?.hosts).toBe(after?.hosts);
  });

  it("makes a grid of steps: the later word about a cell stands", () => {
    const store = new JobStore();
    store.take(job, [host(1, "a")], [event(1, 1, "two", "running", 2), event(2, 1, "one", "ok", 1)]);
    store.take(null, [], [event(3, 1, "two", "failed", 2)]);
    const shown = store.snapshot();
    expect(shown?.steps.map((step) => step.key)).toEqual(["one", "two"]);
    expect(shown?.cells.get(cellKey(1, "two"))?.state).toBe("failed");
    expect(store.lastEvent).toBe(3);
  });
});
