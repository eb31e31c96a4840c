import { IconClockShare, IconMoonOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useClock } from "./EntryButton";
import type { PlanDay, Planned } from "./plan";

interface NotesProps {
  day: PlanDay;
  schedules: ReadonlyMap<number, Planned>;
  /** One line for all, for a small cell. */
  short?: boolean;
}

/** What else is to be known of a day: clocks that jump, times in which nothing begins. */
export function Notes({ day, schedules, short = false }: NotesProps) {
  const { t } = useTranslation();
  const clock = useClock();
  const jumps = day.jumps.map((one) => {
    const size = `${one.shift_s < 0 ? "−" : "+"}${hours(Math.abs(one.shift_s))}`;
    return t("schedule.jump", { zone: one.zone, size });
  });
  const closed = day.closed.map((one) => {
    const end = one.end === day.end ? "24:00" : clock(one.end);
    return t("schedule.closed", { name: schedules.get(one.schedule_id)?.name ?? "", start: clock(one.start), end });
  });
  if (short)
    return (
      <>
        {jumps.length > 0 && (
          <Mark word={jumps.join("\n")} name="jump">
            <IconClockShare size={14} stroke={1.6} />
          </Mark>
        )}
        {closed.length > 0 && (
          <Mark word={closed.join("\n")} name="closed">
            <IconMoonOff size={14} stroke={1.6} />
          </Mark>
        )}
      </>
    );
  return (
    <>
      {jumps.map((words) => (
        <div className="plan-note" data-note="jump" key={words}>
          <IconClockShare size={14} stroke={1.6} aria-hidden />
          {words}
        </div>
      ))}
      {closed.map((words) => (
        <div className="plan-note" data-note="closed" key={words}>
          <IconMoonOff size={14} stroke={1.6} aria-hidden />
          {words}
        </div>
      ))}
    </>
  );
}

function Mark({ word, name, children }: { word: string; name: string; children: React.ReactNode }) {
  return (
    <span role="img" className="plan-mark" title={word} aria-label={word} data-note={name}>
      {children}
    </span>
  );
}

const hours = (seconds: number): string => {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
};
