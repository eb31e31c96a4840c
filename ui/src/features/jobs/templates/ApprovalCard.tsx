import { Code, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { When } from "../../../parts/When";
import { decide, hostsQuery, templateQuery } from "../calls";
import { Diff } from "../job/Diff";
import { HostChips } from "../job/HostChips";
import { Parameters } from "../job/Parameters";
import type { Job } from "../types";
import { Decision } from "./Decision";
import { sayOf } from "./say";

/** One job that waits: what it will do, where, with which answers; and the decision. */
export function ApprovalCard({ job }: { job: Job }) {
  const { t } = useTranslation();
  const hosts = useQuery(hostsQuery(job.id));
  const decided = useChange(decide, ["jobs", "job"]);
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
        <Decision
          may={job.may_approve}
          why={t("approval.mayNot")}
          busy={decided.isPending}
          error={decided.error}
          onDecide={(approve, note) => decided.mutate({ id: job.id, approve, note })}
        />
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
