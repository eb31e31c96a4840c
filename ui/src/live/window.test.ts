import { describe, expect, it } from "vitest";
import { withGaps } from "../charts/data";
import { HostWindow, KEEP_S } from "./window";

const series = [
  { metric: "cpu_percent", instance: "" },
  { metric: "net", instance: "eth0" },
];

describe("the live window", () => {
  it("starts with the snapshot and takes frames in order", () => {
    const window = new HostWindow(1);
    window.take({ type: "host", host_id: 1, series, frames: [[10, [1, null]]] });
    window.take({ type: "host.frame", host_id: 1, ts: 11, values: [2, 5] });
    window.take({ type: "host.frame", host_id: 1, ts: 11, values: [9, 9] });
    window.take({ type: "host.frame", host_id: 2, ts: 12, values: [9, 9] });
    window.take({ type: "host.frame", host_id: 1, ts: 12, values: [9] });
    expect(window.times).toEqual([10, 11]);
    expect(window.column("net", "eth0")).toEqual([null, 5]);
    expect(window.column("net", "eth1")).toBeUndefined();
  });

  it("forgets what is older than it keeps", () => {
    const window = new HostWindow(1);
    window.take({ type: "host", host_id: 1, series, frames: [] });
    for (let ts = 1; ts <= KEEP_S * 2; ts += 1) window.take({ type: "host.frame", host_id: 1, ts, values: [ts, null] });
    expect(window.times.length).toBeLessThan(KEEP_S + 100);
    expect(window.times.at(-1)).toBe(KEEP_S * 2);
    expect(window.columns[0]?.length).toBe(window.times.length);
  });
});

describe("gaps", () => {
  it("break the line where readings are missing", () => {
    const data = { times: [1, 2, 10, 11], lines: [{ label: "a", color: 0, avg: [1, 2, 3, 4] }] };
    const cut = withGaps(data, () => 3);
    expect(cut.times).toEqual([1, 2, 2.5, 10, 11]);
    expect(cut.lines[0]?.avg).toEqual([1, 2, null, 3, 4]);
    expect(withGaps(data, () => 20)).toBe(data);
  });
});
