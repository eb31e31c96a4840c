import { Anchor, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { OutcomeLink } from "../Outcome";
import { dayName } from "./dates";
import { RunMark, sameClock, useClock } from "./EntryButton";
import { Notes } from "./Notes";
import { hueOf, type PlanDay, type Planned, type Run, type Runs } from "./plan";

interface DayDrawerProps {
  day: PlanDay;
  schedules: ReadonlyMap<number, Planned>;
  onSchedule: (id: number) => void;
  onClose: () => void;
}

/** Everything of a day, by schedule, with the jobs that came of it. */
export function DayDrawer({ day, schedules, onSchedule, onClose }: DayDrawerProps) {
  const { t, i18n } = useTranslation();
  const title = dayName(day.day, i18n.language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title={title}>
      <Stack gap="md" data-open-day={day.day}>
        <div>
          <Notes day={day} schedules={schedules} />
        </div>
        {day.runs.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("schedule.nothing")}
          </Text>
        )}
        {day.runs.map((runs) => (
          <OfSchedule
            key={runs.schedule_id}
            runs={runs}
            schedule={schedules.get(runs.schedule_id)}
            onSchedule={onSchedule}
          />
        ))}
      </Stack>
    </Drawer>
  );
}

interface OfScheduleProps {
  runs: Runs;
  schedule: Planned | undefined;
  onSchedule: (id: number) => void;
}

function OfSchedule({ runs, schedule, onSchedule }: OfScheduleProps) {
  const { t } = useTranslation();
  const clock = useClock();
  if (!schedule) return null;
  const left = runs.count - runs.runs.length;
  return (
    <section aria-label={schedule.name} data-hue={hueOf(schedule.id)}>
      <Group gap={6} wrap="nowrap" mb={4}>
        <span className="plan-swatch" />
        <Title order={3} style={{ overflowWrap: "anywhere" }}>
          <Anchor component="button" type="button" inherit onClick={() => onSchedule(schedule.id)}>
            {schedule.name}
          </Anchor>
        </Title>
        {runs.count > 1 && (
          <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {t("schedule.often", { number: runs.more ? `${runs.count}+` : String(runs.count) })}
          </Text>
        )}
      </Group>
      {runs.runs.map((run) => (
        <Row key={run.at} run={run} zone={schedule.zone} />
      ))}
      {left > 0 && (
        <Text size="xs" c="dimmed" pl={16}>
          {t("schedule.othersUntil", { count: left, until: clock(runs.last) })}
        </Text>
      )}
    </section>
  );
}

function Row({ run, zone }: { run: Run; zone: string }) {
  const { t } = useTranslation();
  const clock = useClock();
  return (
    <Group gap={8} wrap="nowrap" mih={26} data-run={run.outcome}>
      <RunMark outcome={run.outcome} />
      <Text size="sm" span>
        {clock(run.at)}
      </Text>
      <Text size="xs" c="dimmed" style={{ flex: 1 }}>
        {t(`schedule.outcomes.${run.outcome}`)}
        {!sameClock(run.at, run.local) && ` · ${run.local.slice(11, 16)} ${zone}`}
      </Text>
      <OutcomeLink of={run} />
    </Group>
  );
}
