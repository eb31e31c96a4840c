import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { dayName, monthOf, onKey, plusDays, today, type View } from "./dates";
import { EntryButton } from "./EntryButton";
import { Notes } from "./Notes";
import { entriesOf, type PlanDay, type Planned } from "./plan";

const MOST: Record<View, number> = { month: 4, week: 20 };

interface GridProps {
  view: View;
  /** The day that the keyboard stands on. */
  at: string;
  from: string;
  to: string;
  days: ReadonlyMap<string, PlanDay>;
  schedules: ReadonlyMap<number, Planned>;
  onMove: (day: string) => void;
  onDay: (day: string) => void;
  onSchedule: (id: number) => void;
}

/** Weeks of seven days; arrows step through the days, Enter opens one. */
export function Grid({ view, at, from, to, onMove, ...rest }: GridProps) {
  const { t, i18n } = useTranslation();
  const table = useRef<HTMLTableElement>(null);
  const walking = useRef(false);
  useEffect(() => {
    if (walking.current) table.current?.querySelector<HTMLElement>(`[data-day="${at}"]`)?.focus();
    walking.current = false;
  }, [at]);
  const weeks: string[][] = [];
  for (let day = from; day < to; day = plusDays(day, 7))
    weeks.push(Array.from({ length: 7 }, (_, place) => plusDays(day, place)));
  return (
    <table
      ref={table}
      className="plan"
      data-view={view}
      aria-label={t("schedule.calendar")}
      onKeyDown={(event) => {
        const target = event.target as HTMLElement;
        const next = target.dataset.day ? onKey(event.key, target.dataset.day) : null;
        if (next === null) return;
        event.preventDefault();
        walking.current = true;
        onMove(next);
      }}
    >
      <thead>
        <tr>
          {weeks[0]?.map((day) => (
            <th key={day} scope="col">
              {dayName(day, i18n.language, { weekday: "short" })}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((day) => (
              <Cell key={day} view={view} day={day} at={at} {...rest} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type CellProps = Omit<GridProps, "from" | "to" | "onMove"> & { day: string };

function Cell({ view, day, at, days, schedules, onDay, onSchedule }: CellProps) {
  const { t, i18n } = useTranslation();
  const planned = days.get(day);
  const entries = planned ? entriesOf(planned, schedules, view === "month") : [];
  const most = entries.length > MOST[view] ? MOST[view] - 1 : MOST[view];
  const now = day === today();
  const words = dayName(day, i18n.language, { weekday: "long", day: "numeric", month: "long" });
  return (
    <td
      data-today={now || undefined}
      data-past={day < today() || undefined}
      data-other={(view === "month" && monthOf(day) !== monthOf(at)) || undefined}
    >
      <div className="plan-head">
        <button
          type="button"
          className="plan-day"
          data-day={day}
          tabIndex={day === at ? 0 : -1}
          aria-current={now ? "date" : undefined}
          aria-label={`${words}: ${t("schedule.runsOnDay", { count: countOf(planned) })}`}
          onClick={() => onDay(day)}
        >
          {dayName(day, i18n.language, view === "week" ? { day: "numeric", month: "short" } : { day: "numeric" })}
        </button>
        {planned && view === "month" && <Notes short day={planned} schedules={schedules} />}
      </div>
      {planned && view === "week" && <Notes day={planned} schedules={schedules} />}
      {entries.slice(0, most).map((entry) => (
        <EntryButton key={entry.key} entry={entry} onSchedule={onSchedule} onDay={() => onDay(day)} />
      ))}
      {entries.length > most && (
        <button type="button" className="plan-more" onClick={() => onDay(day)}>
          {t("schedule.others", { count: entries.length - most })}
        </button>
      )}
      {view === "week" && planned && entries.length === 0 && (
        <Text size="xs" c="dimmed" px={6}>
          {t("schedule.nothing")}
        </Text>
      )}
    </td>
  );
}

const countOf = (day: PlanDay | undefined): number => day?.runs.reduce((sum, one) => sum + one.count, 0) ?? 0;
