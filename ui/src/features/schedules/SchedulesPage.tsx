import { Button, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconHistory, IconPencil, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { ErrorNote } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { Listing } from "../admin/Listing";
import { pause, remove, runNow, type Schedule, schedulesQuery, wall, weekOf } from "./calls";
import { History } from "./History";
import { ScheduleForm } from "./ScheduleForm";
import type { ScheduleSearch } from "./search";
import { Week } from "./Week";

/** What runs by itself: when it does next, what became of it, and the week ahead. */
export function SchedulesPage() {
  const { t } = useTranslation();
  const may = useMay()("jobs.manage");
  const search = useSearch({ strict: false }) as ScheduleSearch;
  const navigate = useNavigate();
  const query = useQuery(schedulesQuery);
  const [form, setForm] = useState<Schedule | "new" | null>(null);
  const [deleting, setDeleting] = useState<Schedule | null>(null);
  const drop = useChange(remove, ["schedules"]);
  const toggle = useChange(pause, ["schedules"]);
  const run = useChange(
    async (one: Schedule) => {
      const fire = await runNow(one.id);
      const words = fire.note || t(`schedule.outcomes.${fire.outcome}`);
      notifications.show({ message: `${one.name}: ${words}`, color: fire.outcome === "failed" ? "red" : undefined });
    },
    ["schedules", "jobs"],
  );
  const shown = query.data?.items.find((one) => one.id === search.history);
  const look = (history?: number) => navigate({ to: "/schedules", search: { ...search, history } });
  const week = search.week ? new Date(`${search.week}T00:00`) : weekOf(new Date());
  const go = (start: Date) => {
    const day = `${start.getFullYear()}-${String(start.getMonth() + 1).padStart(2, "0")}-${String(start.getDate()).padStart(2, "0")}`;
    navigate({ to: "/schedules", search: { ...search, week: day }, replace: true });
  };
  const failed = toggle.error ?? run.error;
  return (
    <Page title={t("nav.schedules")}>
      {failed && <ErrorNote error={failed} />}
      <Listing
        text={t("schedule.text")}
        query={query}
        empty={t("schedule.none")}
        action={
          may && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")}>
              {t("schedule.add")}
            </Button>
          )
        }
        columns={[
          { head: t("schedule.name"), cell: (one) => one.name },
          { head: t("schedule.template"), cell: (one) => one.template_name || one.workflow_name },
          { head: t("schedule.nextOne"), cell: (one) => <Next schedule={one} /> },
          {
            head: t("schedule.last"),
            cell: (one) =>
              one.last ? (
                <>
                  {t(`schedule.outcomes.${one.last.outcome}`)} <When at={one.last.at} />
                </>
              ) : (
                "–"
              ),
          },
          { head: t("schedule.owner"), cell: (one) => one.owner || "–" },
          {
            head: t("notify.enabled"),
            cell: (one) => (
              <Switch
                size="sm"
                aria-label={t("schedule.enabledOf", { name: one.name })}
                checked={one.enabled}
                disabled={!one.may_change}
                title={one.may_change ? undefined : t("schedule.notYours", { owner: one.owner })}
                onChange={(event) => toggle.mutate({ id: one.id, enabled: event.currentTarget.checked })}
              />
            ),
          },
        ]}
        actions={(one) => {
          const why = one.may_change ? undefined : t("schedule.notYours", { owner: one.owner });
          return (
            <>
              <RowAction icon={IconHistory} label={t("schedule.history")} of={one.name} onClick={() => look(one.id)} />
              <RowAction
                icon={IconPlayerPlay}
                label={t("schedule.runNow")}
                of={one.name}
                why={why}
                onClick={() => run.mutate(one)}
              />
              <RowAction
                icon={IconPencil}
                label={t("action.edit")}
                of={one.name}
                why={why}
                onClick={() => setForm(one)}
              />
              <RowAction
                icon={IconTrash}
                harm
                label={t("action.delete")}
                of={one.name}
                why={why}
                onClick={() => setDeleting(one)}
              />
            </>
          );
        }}
      />
      {(query.data?.items.length ?? 0) > 0 && <Week start={week} onChange={go} />}
      {form && <ScheduleForm schedule={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {shown && <History schedule={shown} onClose={() => look()} />}
      {deleting && (
        <Confirm
          title={t("schedule.delete", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => drop.mutateAsync(deleting.id)}
        >
          {t("schedule.deleteText")}
        </Confirm>
      )}
    </Page>
  );
}

function Next({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const next = schedule.next[0];
  if (!next) return <Text size="sm">{schedule.enabled ? t("schedule.never") : t("notify.off")}</Text>;
  return (
    <>
      <When at={next.at} />
      <Text size="xs" c="dimmed">
        {wall(next.local)} {schedule.zone}
      </Text>
    </>
  );
}
