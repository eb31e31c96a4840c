import { ActionIcon, Group, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { ErrorNote } from "../../parts/Notices";
import { planQuery, plusDays, weekOf } from "./calls";

const SHOWN = 12;

interface WeekProps {
  start: Date;
  onChange: (start: Date) => void;
}

/** What will run in a week, by the browser's clock. */
export function Week({ start, onChange }: WeekProps) {
  const { t, i18n } = useTranslation();
  const end = plusDays(start, 7);
  const { data, error, refetch } = useQuery(planQuery(start.toISOString(), end.toISOString()));
  const days = Array.from({ length: 7 }, (_, index) => plusDays(start, index));
  const head = new Intl.DateTimeFormat(i18n.language, { weekday: "short", day: "numeric", month: "short" });
  const of = (day: Date) =>
    (data?.items ?? []).filter((one) => {
      const at = Date.parse(one.at);
      return at >= day.getTime() && at < plusDays(day, 1).getTime();
    });
  return (
    <section className="card" aria-label={t("schedule.week")} style={{ padding: 12 }}>
      <Group justify="space-between" mb="xs">
        <Text fw={600}>{t("schedule.week")}</Text>
        <Group gap={4}>
          <ActionIcon variant="default" aria-label={t("schedule.before")} onClick={() => onChange(plusDays(start, -7))}>
            <IconChevronLeft size={16} />
          </ActionIcon>
          <ActionIcon variant="default" aria-label={t("schedule.after")} onClick={() => onChange(plusDays(start, 7))}>
            <IconChevronRight size={16} />
          </ActionIcon>
        </Group>
      </Group>
      {error && <ErrorNote error={error} onRetry={() => refetch()} />}
      <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(120px, 1fr))", gap: 8 }}>
        {days.map((day) => (
          <Day key={day.getTime()} title={head.format(day)} today={isToday(day)} items={of(day)} />
        ))}
      </div>
      {data?.more && (
        <Text size="xs" c="dimmed" mt="xs">
          {t("schedule.more")}
        </Text>
      )}
    </section>
  );
}

const isToday = (day: Date): boolean =>
  weekOf(day).getTime() === weekOf(new Date()).getTime() && day.getDate() === new Date().getDate();

function Day({ title, today, items }: { title: string; today: boolean; items: Schemas["Planned"][] }) {
  const { t, i18n } = useTranslation();
  const clock = new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit", hour12: false });
  return (
    <Stack gap={2} role="group" aria-label={title}>
      <Text size="xs" fw={today ? 700 : 500}>
        {title}
      </Text>
      {items.slice(0, SHOWN).map((one) => (
        <Text
          key={`${one.schedule_id} ${one.at}`}
          size="xs"
          c={one.shut ? "dimmed" : undefined}
          td={one.shut ? "line-through" : undefined}
          title={one.shut ? t("schedule.shut") : undefined}
        >
          <span className="mono">{clock.format(Date.parse(one.at))}</span> {one.name}
        </Text>
      ))}
      {items.length > SHOWN && (
        <Text size="xs" c="dimmed">
          {t("schedule.others", { count: items.length - SHOWN })}
        </Text>
      )}
    </Stack>
  );
}
