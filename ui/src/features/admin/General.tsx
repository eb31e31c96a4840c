import { Group, NumberInput, Paper, SimpleGrid, Stack, Switch, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { settingsQuery, useChange } from "../../api/queries";
import { ErrorNote, Rows } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { JobFields, type JobTerms } from "./JobFields";
import { type Recording, RecordingFields } from "./RecordingFields";
import { type Limits, TerminalFields } from "./TerminalFields";

const KEPT = ["raw_days", "minute_days", "ten_minute_days", "hour_days"] as const;
type Kept = Record<(typeof KEPT)[number], number>;

export function General() {
  const query = useQuery(settingsQuery);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Rows />;
  return <Form key={JSON.stringify(query.data)} settings={query.data} />;
}

function Form({ settings }: { settings: Schemas["AppSettings"] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(settings.self_registration ?? false);
  const [kept, setKept] = useState<Kept>(settings.retention as Kept);
  const before = settings.recording as Recording;
  const [recording, setRecording] = useState<Recording>(before);
  const limitsBefore = settings.terminal as Limits;
  const [limits, setLimits] = useState<Limits>(limitsBefore);
  const jobsBefore = settings.jobs as JobTerms;
  const [jobs, setJobs] = useState<JobTerms>(jobsBefore);
  const save = useChange(async () => {
    const body = { self_registration: open, retention: kept, recording, terminal: limits, jobs };
    await data(api.PATCH("/api/v1/settings", { body }));
    notifications.show({ message: t("general.saved") });
  }, ["settings", "setup"]);
  const changed =
    open !== settings.self_registration ||
    KEPT.some((name) => kept[name] !== (settings.retention as Kept)[name]) ||
    JSON.stringify([recording, limits, jobs]) !== JSON.stringify([before, limitsBefore, jobsBefore]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) save.mutate(undefined as never);
      }}
    >
      <Paper className="card" p="md" maw={720}>
        <Stack gap="md">
          <Switch
            label={t("general.selfRegistration")}
            description={t("general.selfRegistrationHint")}
            checked={open}
            onChange={(event) => setOpen(event.currentTarget.checked)}
          />
          <div>
            <Title order={2}>{t("general.retention")}</Title>
            <Text size="sm" c="dimmed">
              {t("general.retentionHint")}
            </Text>
          </div>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {KEPT.map((name) => (
              <NumberInput
                key={name}
                size="sm"
                min={1}
                max={3650}
                label={t(`general.${name}`)}
                suffix={` ${t("general.days")}`}
                value={kept[name]}
                onChange={(value) => setKept({ ...kept, [name]: Number(value) })}
              />
            ))}
          </SimpleGrid>
          <TerminalFields value={limits} onChange={setLimits} />
          <RecordingFields value={recording} onChange={setRecording} />
          <JobFields value={jobs} onChange={setJobs} />
          {save.error && <ErrorNote error={save.error} />}
          <Group>
            <WhyButton type="submit" loading={save.isPending} why={changed ? undefined : t("general.unchanged")}>
              {t("action.save")}
            </WhyButton>
          </Group>
        </Stack>
      </Paper>
    </form>
  );
}
