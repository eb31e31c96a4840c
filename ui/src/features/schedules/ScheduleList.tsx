import { Anchor, Button, Group, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconHistory, IconPencil, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { ErrorNote } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { Listing } from "../admin/Listing";
import { pause, remove, runNow, type Schedule, schedulesQuery, wall } from "./calls";
import { noteOf, OutcomeLink, placeOf } from "./Outcome";
import { useRuleWords } from "./ruleWords";

interface ScheduleListProps {
  onOpen: (id: number) => void;
  onEdit: (schedule: Schedule | "new") => void;
}

/** All schedules: when each runs next, what became of it last, and what can be done to it. */
export function ScheduleList({ onOpen, onEdit }: ScheduleListProps) {
  const { t } = useTranslation();
  const may = useMay()("jobs.manage");
  const words = useRuleWords();
  const query = useQuery(schedulesQuery);
  const [deleting, setDeleting] = useState<Schedule | null>(null);
  const drop = useChange(remove, ["schedules"]);
  const toggle = useChange(pause, ["schedules"]);
  const run = useRunNow();
  const failed = toggle.error ?? run.error;
  return (
    <>
      {failed && <ErrorNote error={failed} />}
      <Listing
        text={t("schedule.text")}
        query={query}
        empty={t("schedule.none")}
        action={
          may && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => onEdit("new")}>
              {t("schedule.add")}
            </Button>
          )
        }
        columns={[
          {
            head: t("schedule.name"),
            cell: (one) => (
              <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onOpen(one.id)}>
                {one.name}
              </Anchor>
            ),
          },
          {
            head: t("schedule.when"),
            cell: (one) => (
              <div>
                {words(one.rule)}
                <Text size="xs" c="dimmed">
                  {one.template_name || one.workflow_name}
                </Text>
              </div>
            ),
          },
          { head: t("schedule.nextOne"), cell: (one) => <Next schedule={one} /> },
          { head: t("schedule.last"), cell: (one) => <Last schedule={one} /> },
          { head: t("schedule.owner"), cell: (one) => one.owner || "–" },
          {
            head: t("notify.enabled"),
            cell: (one) => (
              <Switch
                size="sm"
                aria-label={t("schedule.enabledOf", { name: one.name })}
                checked={toggle.isPending && toggle.variables.id === one.id ? toggle.variables.enabled : one.enabled}
                disabled={!one.may_change}
                title={one.may_change ? undefined : t("schedule.notYours", { owner: one.owner })}
                onChange={(event) => toggle.mutate({ id: one.id, enabled: event.currentTarget.checked })}
              />
            ),
          },
        ]}
        actions={(one) => {
          const own = { of: one.name, why: one.may_change ? undefined : t("schedule.notYours", { owner: one.owner }) };
          return (
            <>
              <RowAction
                icon={IconHistory}
                label={t("schedule.history")}
                of={one.name}
                onClick={() => onOpen(one.id)}
              />
              <RowAction icon={IconPlayerPlay} label={t("schedule.runNow")} {...own} onClick={() => run.mutate(one)} />
              <RowAction icon={IconPencil} label={t("action.edit")} {...own} onClick={() => onEdit(one)} />
              <RowAction icon={IconTrash} harm label={t("action.delete")} {...own} onClick={() => setDeleting(one)} />
            </>
          );
        }}
      />
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
    </>
  );
}

/** Runs it by hand, and says what came of it, with the way to its job. */
function useRunNow() {
  const { t } = useTranslation();
  return useChange(
    async (one: Schedule) => {
      const fire = await runNow(one.id);
      const said = noteOf(fire, t) || t(`schedule.outcomes.${fire.outcome}`);
      notifications.show({
        color: fire.outcome === "failed" ? "red" : undefined,
        message: (
          <Group justify="space-between" wrap="nowrap" gap="sm">
            <Text size="sm">{`${one.name}: ${said}`}</Text>
            <OutcomeLink of={fire} />
          </Group>
        ),
      });
    },
    ["schedules", "jobs"],
  );
}

function Last({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const last = schedule.last;
  if (!last) return "–";
  return (
    <div>
      {placeOf(last) === null ? t(`schedule.outcomes.${last.outcome}`) : <OutcomeLink of={last} />}
      <Text size="xs" c="dimmed">
        <When at={last.at} />
      </Text>
    </div>
  );
}

function Next({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const next = schedule.next[0];
  if (!next)
    return (
      <Text size="sm" c="dimmed">
        {schedule.enabled ? t("schedule.never") : t("schedule.paused")}
      </Text>
    );
  return (
    <div>
      <When at={next.at} />
      <Text size="xs" c="dimmed">
        {wall(next.local)} {schedule.zone}
      </Text>
    </div>
  );
}
