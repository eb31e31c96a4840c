/** What the address of the schedules' page says: whose history is open, and which week is shown (its Monday). */
export interface ScheduleSearch {
  history?: number;
  week?: string;
}

export function scheduleSearch(search: Record<string, unknown>): ScheduleSearch {
  const history = Number(search.history);
  const week = typeof search.week === "string" && /^\d{4}-\d{2}-\d{2}$/.test(search.week) ? search.week : undefined;
  return {
    history: Number.isSafeInteger(history) && history > 0 ? history : undefined,
    week: week !== undefined && !Number.isNaN(Date.parse(week)) ? week : undefined,
  };
}
