import { expect, it } from "vitest";
import { entriesOf, markOf, type PlanDay, type Planned, type Runs } from "./plan";

const schedules = new Map<number, Planned>(
  [1, 2].map((id) => [id, { id, name: `s${id}`, zone: "UTC", enabled: true }]),
);
const runs = (id: number, hours: number[], count = hours.length): Runs => ({
  schedule_id: id,
  count,
  more: false,
  outcomes: { coming: count },
  first: `2026-11-24T${String(hours[0]).padStart(2, "0")}:00:00Z`,
  last: "2026-11-24T23:00:00Z",
  runs: hours.map((hour) => {
    const at = `2026-11-24T${String(hour).padStart(2, "0")}:00:00Z`;
    return { at, local: at, outcome: "coming", job_id: null, workflow_run_id: null };
  }),
});
const day = (...all: Runs[]): PlanDay => ({
  day: "2026-11-24",
  start: "2026-11-24T00:00:00Z",
  end: "2026-11-25T00:00:00Z",
  runs: all,
  closed: [],
  jumps: [],
});

it("a month folds what runs twice, a week only what runs often", () => {
  const two = day(runs(1, [3, 9]), runs(2, [4]));
  expect(entriesOf(two, schedules, true).map((one) => [one.schedule.id, one.count])).toEqual([
    [1, 2],
    [2, 1],
  ]);
  expect(entriesOf(two, schedules, false).map((one) => one.first.slice(11, 13))).toEqual(["03", "04", "09"]);
  const often = day(runs(1, [0, 1, 2], 48));
  expect(entriesOf(often, schedules, false).map((one) => one.count)).toEqual([48]);
});

it("what needs somebody is what the mark shows", () => {
  expect(markOf({ launched: 40, failed: 1 })).toBe("failed");
  expect(markOf({ coming: 3, shut: 2 })).toBe("coming");
  expect(markOf({ shut: 2 })).toBe("shut");
});
