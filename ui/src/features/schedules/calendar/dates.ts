/** Days as text, "2026-03-29": a day has no clock, and no zone can shift it. */

const DAY_MS = 86_400_000;

const parts = (day: string): number => Date.parse(`${day}T00:00:00Z`);

export const plusDays = (day: string, days: number): string =>
  new Date(parts(day) + days * DAY_MS).toISOString().slice(0, 10);

/** 0 is Monday, as ISO 8601 counts. */
const weekday = (day: string): number => (new Date(parts(day)).getUTCDay() + 6) % 7;

export const weekOf = (day: string): string => plusDays(day, -weekday(day));

export const monthOf = (day: string): string => `${day.slice(0, 7)}-01`;

/** The same day of another month, or that month's last. */
export function plusMonths(day: string, months: number): string {
  const date = new Date(parts(monthOf(day)));
  date.setUTCMonth(date.getUTCMonth() + months);
  const first = date.toISOString().slice(0, 10);
  date.setUTCMonth(date.getUTCMonth() + 1, 0);
  return `${first.slice(0, 8)}${String(Math.min(Number(day.slice(8)), date.getUTCDate())).padStart(2, "0")}`;
}

export type View = "month" | "week";

/** What a view shows: its first day, and the day after its last; whole weeks. */
export function rangeOf(view: View, day: string): { from: string; to: string } {
  if (view === "week") return { from: weekOf(day), to: plusDays(weekOf(day), 7) };
  const last = plusDays(monthOf(plusMonths(monthOf(day), 1)), -1);
  return { from: weekOf(monthOf(day)), to: plusDays(weekOf(last), 7) };
}

/** The view before or after. */
export const step = (view: View, day: string, by: number): string =>
  view === "week" ? plusDays(day, 7 * by) : plusMonths(day, by);

/** Today by the browser's clock. */
export function today(now = new Date()): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** A day's name in a language. */
export const dayName = (day: string, language: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).format(parts(day));

/** Where an arrow, Home or End leads from a day. */
export function onKey(key: string, day: string): string | null {
  switch (key) {
    case "ArrowLeft":
      return plusDays(day, -1);
    case "ArrowRight":
      return plusDays(day, 1);
    case "ArrowUp":
      return plusDays(day, -7);
    case "ArrowDown":
      return plusDays(day, 7);
    case "Home":
      return weekOf(day);
    case "End":
      return plusDays(weekOf(day), 6);
    case "PageUp":
      return plusMonths(day, -1);
    case "PageDown":
      return plusMonths(day, 1);
    default:
      return null;
  }
}
