import { Checkbox, Group, Paper, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { onboardingsQuery } from "./calls";
import { RunTable } from "./RunTable";

/** All ways in of one file: fingerprints to compare first, then how each goes. */
export function Batch({ batch }: { batch: string }) {
  const { t } = useTranslation();
  const query = useQuery(onboardingsQuery(batch));
  const [compared, setCompared] = useState(false);
  const items = query.data?.items ?? [];
  const pending = items.filter((one) => one.state === "key_pending" && one.presented_key);
  const approve = useChange(async () => {
    const body = { items: Object.fromEntries(pending.map((one) => [one.id, one.presented_key?.fingerprint ?? ""])) };
    await data(api.POST("/api/v1/onboardings/approve", { body }));
    setCompared(false);
  }, ["onboardings"]);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  if (items.length === 0)
    return (
      <div className="card">
        <Empty title={t("onboard.batchEmpty")} />
      </div>
    );
  const count = (state: string) => items.filter((one) => one.state === state).length;
  return (
    <Stack gap="md">
      <Text size="sm" aria-live="polite">
        {t("onboard.batchCounts", { done: count("done"), failed: count("failed"), total: items.length })}
      </Text>
      {pending.length > 0 && (
        <Paper className="card" p="md">
          <Stack gap="xs">
            <Text size="sm">{t("onboard.batchCompare", { count: pending.length })}</Text>
            <Checkbox
              label={t("onboard.batchCompared")}
              checked={compared}
              onChange={(event) => setCompared(event.currentTarget.checked)}
            />
            {approve.error && <ErrorNote error={approve.error} />}
            <Group>
              <WhyButton
                loading={approve.isPending}
                why={compared ? undefined : t("onboard.needsTrust")}
                onClick={() => approve.mutate(undefined as never)}
              >
                {t("onboard.batchApprove", { count: pending.length })}
              </WhyButton>
            </Group>
          </Stack>
        </Paper>
      )}
      <RunTable items={items} />
    </Stack>
  );
}
