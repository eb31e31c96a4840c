import type { Schemas } from "../../../api/client";

export type Plan = Schemas["Plan"];
export type PlanDay = Schemas["PlanDay"];
export type Runs = Schemas["PlannedRuns"];
export type Run = Schemas["PlannedRun"];
export type Planned = Schemas["PlanSchedule"];

const HUES = 10;
/** So often on one day is folded into one entry, in a view of a week. */
const LISTED = 4;

/** Something in a cell: one time, or many of one schedule. */
export interface Entry {
  key: string;
  schedule: Planned;
  hue: number;
  first: string;
  last: string;
  count: number;
  more: boolean;
  outcomes: Record<string, number>;
  /** Of a single time. */
  run?: Run;
}

/** The same schedule has the same colour everywhere. */
export const hueOf = (id: number): number => id % HUES;

/** What a day's cell lists, by time; `folded`: each schedule is one entry. */
export function entriesOf(day: PlanDay, schedules: ReadonlyMap<number, Planned>, folded: boolean): Entry[] {
  return day.runs
    .flatMap((runs): Entry[] => {
      const schedule = schedules.get(runs.schedule_id);
      if (!schedule) return [];
      const hue = hueOf(schedule.id);
      const whole = runs.runs.length === runs.count && !runs.more;
      if (whole && runs.count <= (folded ? 1 : LISTED))
        return runs.runs.map((run) => ({
          key: `${schedule.id} ${run.at}`,
          schedule,
          hue,
          first: run.at,
          last: run.at,
          count: 1,
          more: false,
          outcomes: { [run.outcome]: 1 },
          run,
        }));
      return [{ key: `${schedule.id}`, schedule, hue, ...runs }];
    })
    .sort((one, other) => Date.parse(one.first) - Date.parse(other.first));
}

const WORST = ["failed", "missed", "skipped", "queued", "coming", "launched", "shut"] as const;

/** The outcome that an entry's mark shows: what needs somebody before what does not. */
export const markOf = (outcomes: Record<string, number>): string =>
  WORST.find((one) => (outcomes[one] ?? 0) > 0) ?? "coming";
