import { VisuallyHidden } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { placeOf } from "../Outcome";
import { type Entry, markOf } from "./plan";

/** The shape says the same as the word does: to come, ran, needs a look, left out. */
export function RunMark({ outcome }: { outcome: string }) {
  const shape = {
    coming: <circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" strokeWidth="1.8" />,
    launched: <circle cx="5" cy="5" r="4" fill="currentColor" />,
    queued: <circle cx="5" cy="5" r="4" fill="currentColor" className="pulse" />,
    failed: <path d="M5 .8 9.6 9H.4Z" fill="var(--state-bad)" />,
    missed: <path d="M5 .8 9.6 9H.4Z" fill="var(--state-warn)" />,
  }[outcome];
  return (
    <svg width={10} height={10} viewBox="0 0 10 10" aria-hidden="true" className="run-mark">
      {shape ?? <rect x="1" y="4.2" width="8" height="1.6" rx=".8" fill="var(--state-off)" />}
    </svg>
  );
}

export const useClock = (): ((at: string) => string) => {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (at) => format.format(Date.parse(at));
};

interface EntryButtonProps {
  entry: Entry;
  /** Opens the schedule, where there is no one job to show. */
  onSchedule: (id: number) => void;
  /** Opens the day, where there are many times. */
  onDay: () => void;
}

/** One entry of a cell: to the job that ran, the day of many, or the schedule of what comes. */
export function EntryButton({ entry, onSchedule, onDay }: EntryButtonProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const clock = useClock();
  const { schedule, run, count } = entry;
  const mark = markOf(entry.outcomes);
  const often = t("schedule.often", { number: entry.more ? `${count}+` : String(count) });
  const when = count === 1 ? clock(entry.first) : `${clock(entry.first)}–${clock(entry.last)}`;
  const what = Object.entries(entry.outcomes)
    .map(([outcome, number]) => (count === 1 ? "" : `${number} `) + t(`schedule.outcomes.${outcome}`))
    .join(", ");
  const own = run && !sameClock(run.at, run.local) ? ` (${run.local.slice(11, 16)} ${schedule.zone})` : "";
  const rest = `${count === 1 ? "" : `${when}, `}${what}${own}`;
  const head = count === 1 ? when : often;
  return (
    <button
      type="button"
      className="plan-entry"
      data-schedule={schedule.id}
      data-outcome={mark}
      data-hue={entry.hue}
      title={`${head} ${schedule.name}, ${rest}`}
      onClick={() => {
        const place = run ? placeOf(run) : null;
        if (place !== null) navigate({ to: place });
        else if (count > 1) onDay();
        else onSchedule(schedule.id);
      }}
    >
      <RunMark outcome={mark} />
      <span className="plan-when">{head} </span>
      <span className="plan-name">{schedule.name}</span>
      <VisuallyHidden>, {rest}</VisuallyHidden>
    </button>
  );
}

/** Is the schedule's own clock the reader's at that moment? */
export function sameClock(at: string, local: string): boolean {
  const here = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${here.getFullYear()}-${two(here.getMonth() + 1)}-${two(here.getDate())}`;
  return local.slice(0, 16) === `${day}T${two(here.getHours())}:${two(here.getMinutes())}`;
}
