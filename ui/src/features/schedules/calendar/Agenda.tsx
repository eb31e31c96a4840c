import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { dayName, monthOf, today, type View } from "./dates";
import { EntryButton } from "./EntryButton";
import { Notes } from "./Notes";
import { entriesOf, type PlanDay, type Planned } from "./plan";

interface AgendaProps {
  view: View;
  at: string;
  days: readonly PlanDay[];
  schedules: ReadonlyMap<number, Planned>;
  onDay: (day: string) => void;
  onSchedule: (id: number) => void;
}

/** The days that have something, one below the other: for a narrow screen. */
export function Agenda({ view, at, days, schedules, onDay, onSchedule }: AgendaProps) {
  const { t, i18n } = useTranslation();
  const shown = days.filter(
    (day) => (view === "week" || monthOf(day.day) === monthOf(at)) && (day.runs.length > 0 || day.day === today()),
  );
  if (shown.length === 0)
    return (
      <Text size="sm" c="dimmed" p="md" ta="center">
        {t("schedule.nothingHere")}
      </Text>
    );
  return (
    <Stack gap={0}>
      {shown.map((day) => (
        <section className="agenda-day" key={day.day} data-today={day.day === today() || undefined}>
          <button type="button" className="plan-day" data-day={day.day} onClick={() => onDay(day.day)}>
            {dayName(day.day, i18n.language, { weekday: "short", day: "numeric", month: "short" })}
          </button>
          <div>
            {entriesOf(day, schedules, false).map((entry) => (
              <EntryButton key={entry.key} entry={entry} onSchedule={onSchedule} onDay={() => onDay(day.day)} />
            ))}
            {day.runs.length === 0 && (
              <Text size="xs" c="dimmed" px={6}>
                {t("schedule.nothing")}
              </Text>
            )}
            <Notes day={day} schedules={schedules} />
          </div>
        </section>
      ))}
    </Stack>
  );
}
