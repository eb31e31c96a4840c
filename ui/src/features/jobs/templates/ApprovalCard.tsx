import { Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { ErrorNote } from "../../../parts/Notices";
import { When } from "../../../parts/When";
import { WhyButton } from "../../../parts/WhyButton";
import { decide, hostsQuery, templateQuery } from "../calls";
import { Diff } from "../job/Diff";
import { HostChips } from "../job/HostChips";
import { Parameters } from "../job/Parameters";
import type { Job } from "../types";
import { sayOf } from "./say";

/** One job that waits: what it will do, where, with which answers; and the two buttons. */
export function ApprovalCard({ job }: { job: Job }) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState(false);
  const hosts = useQuery(hostsQuery(job.id));
  const decided = useChange(decide, ["jobs", "job"]);
  const why = job.may_approve ? undefined : t("approval.mayNot");
  const say = (approve: boolean) => decided.mutate({ id: job.id, approve, note });
  return (
    <section className="card panel" aria-label={job.name} data-approval={job.id}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Link to="/jobs/$jobId" params={{ jobId: String(job.id) }} className="row-link plain-link">
            <Text span fw={550}>
              {job.name}
            </Text>
          </Link>
          <Text size="sm" c="dimmed">
            {t("job.by", { name: job.launched_by || t("jobs.itself") })} · <When at={job.created_at} />
          </Text>
        </Group>
        <WillRun job={job} />
        <Parameters job={job} />
        <Text size="sm">{t("targets.resolved", { count: job.hosts })}</Text>
        <HostChips hosts={(hosts.data ?? []).map((one) => ({ id: one.host_id, name: one.name }))} />
        {decided.error && <ErrorNote error={decided.error} />}
        <Group gap="xs" align="flex-end">
          <TextInput
            style={{ flex: "1 1 240px" }}
            aria-label={t("approval.note")}
            placeholder={t("approval.note")}
            maxLength={1000}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {asked ? (
            <Group gap="xs">
              <Button color="red.8" loading={decided.isPending} onClick={() => say(false)}>
                {t("approval.rejectSure")}
              </Button>
              <Button variant="default" onClick={() => setAsked(false)}>
                {t("action.cancel")}
              </Button>
            </Group>
          ) : (
            <WhyButton variant="default" why={why} leftSection={<IconX size={16} />} onClick={() => setAsked(true)}>
              {t("approval.reject")}
            </WhyButton>
          )}
          <WhyButton
            why={why}
            loading={decided.isPending}
            leftSection={<IconCheck size={16} />}
            onClick={() => say(true)}
          >
            {t("approval.approve")}
          </WhyButton>
        </Group>
      </Stack>
    </section>
  );
}

/** What will run; where the template has changed since, the difference as well. */
function WillRun({ job }: { job: Job }) {
  const { t } = useTranslation();
  const template = useQuery({ ...templateQuery(job.template_id ?? 0), enabled: job.template_id !== null });
  const mine = sayOf(job.spec);
  const now = template.data ? sayOf(template.data.spec) : mine;
  return (
    <>
      <Code block className="mono">
        {mine}
      </Code>
      {now !== mine && (
        <>
          <Text size="sm" c="var(--state-warn)">
            {t("approval.differs")}
          </Text>
          <Diff before={now} after={mine} label={t("approval.difference")} />
        </>
      )}
    </>
  );
}
