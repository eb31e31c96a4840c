import { Badge, Drawer, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { When } from "../../parts/When";
import { Listing } from "../admin/Listing";
import { firesQuery, type Schedule } from "./calls";

const COLORS: Record<string, string> = { launched: "teal.8", queued: "blue.8", failed: "red.8", missed: "orange.8" };

/** What became of each of a schedule's times. */
export function History({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const { t } = useTranslation();
  const query = useQuery(firesQuery(schedule.id));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={t("schedule.historyOf", { name: schedule.name })}
    >
      <Listing
        query={query}
        empty={t("schedule.noHistory")}
        columns={[
          { head: t("schedule.at"), cell: (one) => <When at={one.at} /> },
          {
            head: t("notify.state"),
            cell: (one) => (
              <>
                <Badge color={COLORS[one.outcome] ?? "gray"}>{t(`schedule.outcomes.${one.outcome}`)}</Badge>
                {one.by_hand && ` ${t("schedule.byHand")}`}
                {one.note && (
                  <Text size="xs" c="dimmed">
                    {one.note}
                  </Text>
                )}
              </>
            ),
          },
          { head: t("schedule.job"), cell: (one) => one.job_id ?? "–", numeric: true },
        ]}
      />
    </Drawer>
  );
}
