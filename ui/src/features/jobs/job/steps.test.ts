import { describe, expect, it } from "vitest";
import { type Cell, type Step, slowest } from "./steps";

const step = (key: string): Step => ({ key, name: key, play: "", action: "" });
const cell = (step_: string, host: number, duration_s: number | null, state: Cell["state"] = "ok"): Cell => ({
  host_id: host,
  step: step_,
  state,
  duration_s,
});

describe("slowest steps", () => {
  it("stand first, by the host that took longest", () => {
    const times = slowest([step("a"), step("b")], [cell("a", 1, 1), cell("a", 2, 1), cell("b", 1, 1.5)]);
    expect(times.map((one) => [one.step.key, one.longest_s, one.whole_s, one.hosts])).toEqual([
      ["b", 1.5, 1.5, 1],
      ["a", 1, 2, 2],
    ]);
  });

  it("count what changed and what failed, and pass over what is not known", () => {
    const [time] = slowest(
      [step("a")],
      [cell("a", 1, null, "changed"), cell("a", 2, 1, "unreachable"), cell("x", 1, 9)],
    );
    expect(time).toMatchObject({ changed: 1, failed: 1, hosts: 2 });
  });
});
