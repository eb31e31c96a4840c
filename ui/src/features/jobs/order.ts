import { duration } from "../../format/units";
import type { JobState, ResultState } from "./types";

export const JOB_STATES: readonly JobState[] = [
  "waiting_approval",
  "running",
  "pending",
  "failed",
  "interrupted",
  "canceled",
  "succeeded",
];
/** What needs somebody first. */
export const RESULT_STATES: readonly ResultState[] = [
  "failed",
  "unreachable",
  "interrupted",
  "canceled",
  "changed",
  "ok",
  "skipped",
  "running",
  "pending",
];
const OVER: readonly JobState[] = ["succeeded", "failed", "canceled", "interrupted"];

export const isOver = (state: JobState): boolean => OVER.includes(state);

/** Hosts on which a relaunch "failed only" would run. */
export const FAILED: readonly ResultState[] = ["failed", "unreachable", "interrupted", "canceled"];

export type Counts = Partial<Record<ResultState, number>>;

export const totalOf = (counts: Counts): number => RESULT_STATES.reduce((sum, state) => sum + (counts[state] ?? 0), 0);

/** How long it took, or has been taking, in seconds; nothing before its start. */
export function lengthOf(
  started: string | null | undefined,
  ended: string | null | undefined,
  now: number,
): number | null {
  if (!started) return null;
  return Math.max(0, ((ended ? Date.parse(ended) : now) - Date.parse(started)) / 1000);
}

/** A length of time; below ten seconds with what is less than one. */
export function spanOf(seconds: number | null, language: string): string {
  if (seconds === null || seconds >= 10) return duration(seconds, language);
  const unit = language === "en" ? " s" : " 秒";
  return `${seconds.toFixed(seconds < 1 ? 2 : 1)}${unit}`;
}
