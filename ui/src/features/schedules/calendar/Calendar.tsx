import { ActionIcon, Button, Group, SegmentedControl, Skeleton, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useKeys } from "../../../app/keys";
import { ErrorNote } from "../../../parts/Notices";
import { browserZone } from "../../notify/queries";
import { planQuery } from "../calls";
import type { ScheduleSearch } from "../search";
import { Agenda } from "./Agenda";
import { DayDrawer } from "./DayDrawer";
import { dayName, monthOf, rangeOf, step, today, type View } from "./dates";
import { Grid } from "./Grid";

interface CalendarProps {
  search: ScheduleSearch;
  onSearch: (changes: Partial<ScheduleSearch>, keep?: boolean) => void;
}

/** What ran and what will run, by the reader's clock, month by month or week by week. */
export function Calendar({ search, onSearch }: CalendarProps) {
  const { t, i18n } = useTranslation();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const view: View = search.view ?? "month";
  const at = search.at ?? today();
  const { from, to } = rangeOf(view, at);
  const zone = browserZone();
  const { data, error, refetch, isPlaceholderData } = useQuery(planQuery(from, to, zone));
  const days = new Map(data?.days.map((day) => [day.day, day]));
  const schedules = new Map(data?.schedules.map((one) => [one.id, one]));
  const open = search.day ? days.get(search.day) : undefined;
  const move = (day: string) => onSearch({ at: day === today() ? undefined : day }, true);
  const go = (by: number) => move(view === "month" ? monthOf(step(view, at, by)) : step(view, at, by));
  useKeys({ t: () => move(today()), p: () => go(-1), n: () => go(1) });
  const shared = {
    view,
    at,
    schedules,
    onDay: (day: string) => onSearch({ day }),
    onSchedule: (history: number) => onSearch({ history, day: undefined }),
  };
  return (
    <section className="card" aria-label={t("schedule.calendar")}>
      <Group justify="space-between" gap="xs" p="xs">
        <Group gap={4}>
          <Turn by={-1} view={view} onTurn={go} />
          <Turn by={1} view={view} onTurn={go} />
          <Title order={2} ml={6} aria-live="polite">
            {titleOf(view, at, from, to, i18n.language)}
          </Title>
        </Group>
        <Group gap="xs">
          <Button variant="default" onClick={() => move(today())}>
            {t("schedule.today")}
          </Button>
          <SegmentedControl
            size="sm"
            aria-label={t("schedule.view")}
            value={view}
            data={(["month", "week"] as const).map((value) => ({ value, label: t(`schedule.views.${value}`) }))}
            onChange={(next) => onSearch({ view: next === "week" ? "week" : undefined }, true)}
          />
        </Group>
      </Group>
      {error && <ErrorNote error={error} onRetry={() => refetch()} />}
      {!data && !error && <Skeleton height={phone ? 240 : 480} m="xs" w="auto" aria-busy="true" />}
      {data && (
        <div style={{ opacity: isPlaceholderData ? 0.5 : 1 }}>
          {phone ? (
            <Agenda {...shared} days={data.days} />
          ) : (
            <Grid {...shared} from={from} to={to} days={days} onMove={move} />
          )}
        </div>
      )}
      <Text size="xs" c="dimmed" p="xs">
        {t("schedule.clock", { zone })} {data?.more && t("schedule.more")}
      </Text>
      {open && (
        <DayDrawer
          day={open}
          schedules={schedules}
          onSchedule={shared.onSchedule}
          onClose={() => onSearch({ day: undefined })}
        />
      )}
    </section>
  );
}

function Turn({ by, view, onTurn }: { by: number; view: View; onTurn: (by: number) => void }) {
  const { t } = useTranslation();
  const Icon = by < 0 ? IconChevronLeft : IconChevronRight;
  return (
    <ActionIcon
      variant="default"
      size={32}
      aria-label={t(by < 0 ? `schedule.before.${view}` : `schedule.after.${view}`)}
      onClick={() => onTurn(by)}
    >
      <Icon size={16} />
    </ActionIcon>
  );
}

function titleOf(view: View, at: string, from: string, to: string, language: string): string {
  if (view === "month") return dayName(at, language, { month: "long", year: "numeric" });
  const format = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return format.formatRange(Date.parse(from), Date.parse(to) - 1);
}
