/** What the address of the schedules' page says: which tab, whose history is open, and what the calendar shows. */
export interface ScheduleSearch {
  tab?: "calendar";
  history?: number;
  view?: "week";
  /** The day around which the calendar is; today when it is not said. */
  at?: string;
  /** The day that is open. */
  day?: string;
}

export function scheduleSearch(search: Record<string, unknown>): ScheduleSearch {
  const history = Number(search.history);
  return {
    tab: search.tab === "calendar" ? "calendar" : undefined,
    history: Number.isSafeInteger(history) && history > 0 ? history : undefined,
    view: search.view === "week" ? "week" : undefined,
    at: dayOf(search.at),
    day: dayOf(search.day),
  };
}

function dayOf(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^(199\d|20\d\d|21[0-8]\d)-\d{2}-\d{2}$/.test(value)) return undefined;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value) ? value : undefined;
}
