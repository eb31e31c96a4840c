import { Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { minute } from "../../format/units";
import { Told, type Tone } from "../../parts/Told";
import { When } from "../../parts/When";
import { Listing } from "../admin/Listing";
import { firesQuery, type Schedule, wall } from "./calls";
import { noteOf, OutcomeLink, placeOf } from "./Outcome";
import { useRuleWords } from "./ruleWords";

const TONES: Record<string, Tone> = { launched: "good", queued: "busy", failed: "bad", missed: "warn" };

/** One schedule: what it launches, when it runs next by both clocks, and what became of each of its times. */
export function History({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const { t } = useTranslation();
  const query = useQuery(firesQuery(schedule.id));
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={schedule.name}>
      <Stack gap="md">
        <Facts schedule={schedule} />
        <Coming schedule={schedule} />
        <section aria-label={t("schedule.history")}>
          <Title order={2} mb="xs">
            {t("schedule.history")}
          </Title>
          <Listing
            query={query}
            empty={t("schedule.noHistory")}
            columns={[
              { head: t("schedule.at"), cell: (one) => <When at={one.at} /> },
              {
                head: t("notify.state"),
                cell: (one) => (
                  <Told tone={TONES[one.outcome] ?? "off"} word={t(`schedule.outcomes.${one.outcome}`)}>
                    {[one.by_hand && t("schedule.byHand"), noteOf(one, t)].filter(Boolean).join(" · ")}
                  </Told>
                ),
              },
              {
                head: t("schedule.job"),
                cell: (one) => (placeOf(one) === null ? "–" : <OutcomeLink of={one} />),
              },
            ]}
          />
        </section>
      </Stack>
    </Drawer>
  );
}

function Facts({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const words = useRuleWords();
  return (
    <Stack gap={2}>
      <Text size="sm">
        {words(schedule.rule)} · {schedule.zone}
      </Text>
      <Text size="sm" c="dimmed">
        {t("schedule.launches", {
          template: schedule.template_name || schedule.workflow_name,
          owner: schedule.owner || "–",
        })}
      </Text>
      <Text size="sm" c="dimmed">
        {t("schedule.misfire")}: {t(`schedule.misfires.${schedule.misfire}`)} · {t("schedule.overlap")}:{" "}
        {t(`schedule.overlaps.${schedule.overlap}`)}
      </Text>
    </Stack>
  );
}

function Coming({ schedule }: { schedule: Schedule }) {
  const { t, i18n } = useTranslation();
  return (
    <section aria-label={t("schedule.next")}>
      <Title order={2} mb={4}>
        {t("schedule.next")}
      </Title>
      {schedule.next.length === 0 && (
        <Text size="sm" c="dimmed">
          {schedule.enabled ? t("schedule.never") : t("schedule.paused")}
        </Text>
      )}
      {schedule.next.map((one) => (
        <Group key={one.at} gap={8} mih={24} data-next={one.at}>
          <Text size="sm" span>
            {wall(one.local)}
          </Text>
          <Text size="xs" c="dimmed">
            {t("schedule.here", { at: minute(one.at, i18n.language) })}
            {one.shut && ` · ${t("schedule.shut")}`}
          </Text>
        </Group>
      ))}
    </section>
  );
}
