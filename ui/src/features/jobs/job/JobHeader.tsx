import { Alert, Badge, Button, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconChevronDown, IconDownload, IconPlayerStop } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../api/queries";
import { useNow } from "../../../live/hooks";
import { Copyable } from "../../../parts/Copyable";
import { Crumbs } from "../../../parts/Page";
import { When } from "../../../parts/When";
import { CountsBar, CountWords } from "../CountsBar";
import { exportOf } from "../calls";
import { isOver, lengthOf, spanOf } from "../order";
import { JobBadge } from "../states";
import type { Job, JobHost } from "../types";
import { CancelDialog } from "./CancelDialog";
import { HostChips } from "./HostChips";
import { RelaunchMenu } from "./RelaunchMenu";

interface HeaderProps {
  job: Job;
  hosts: readonly JobHost[];
}

/** Which job it is, how it goes, and what can be done about it. */
export function JobHeader({ job, hosts }: HeaderProps) {
  const { t } = useTranslation();
  const [canceling, setCanceling] = useState(false);
  const over = isOver(job.state);
  return (
    <Stack gap="xs">
      <div className="job-head">
        <Group gap={6} style={{ rowGap: 4, minWidth: 0 }}>
          <Crumbs above={[{ label: t("nav.jobs"), to: "/jobs" }]} />
          <Title order={1} mr={6} className="job-title" title={job.name}>
            {job.name}
          </Title>
          <JobBadge state={job.state} />
          {job.check && (
            <Badge size="sm" variant="default">
              {t("job.dryRun")}
            </Badge>
          )}
        </Group>
        <Group gap="xs" wrap="nowrap">
          {!over && job.may_cancel && (
            <Button
              variant="default"
              c="var(--mantine-color-error)"
              leftSection={<IconPlayerStop size={16} />}
              onClick={() => setCanceling(true)}
            >
              {t("job.cancel")}
            </Button>
          )}
          {over && job.may_relaunch && <RelaunchMenu job={job} />}
          <ExportMenu job={job} />
        </Group>
      </div>
      <Facts job={job} />
      <CountsBar counts={job.counts} />
      <CountWords counts={job.counts} />
      {job.note && (
        <Alert color={job.state === "failed" ? "red" : "orange"} role="status">
          <Text size="sm">{job.note}</Text>
        </Alert>
      )}
      <StillRuns job={job} hosts={hosts} />
      <NeedPython job={job} hosts={hosts} />
      {canceling && <CancelDialog job={job} onClose={() => setCanceling(false)} />}
    </Stack>
  );
}

/** What, who, when, how long. */
function Facts({ job }: { job: Job }) {
  const { t, i18n } = useTranslation();
  const now = useNow(isOver(job.state) ? 60_000 : 1000);
  const length = lengthOf(job.started_at, job.ended_at, now);
  return (
    <Group gap={12} style={{ rowGap: 2 }}>
      {job.summary && job.summary !== job.name && <Copyable quiet open value={job.summary} label={t("job.command")} />}
      <Text size="sm" c="dimmed">
        {t("job.by", { name: job.launched_by || t("jobs.itself") })} · <When at={job.started_at ?? job.created_at} />
        {length !== null && ` · ${spanOf(length, i18n.language)}`}
      </Text>
      {job.parent_id !== null && (
        <Text size="sm" c="dimmed">
          <Link to="/jobs/$jobId" params={{ jobId: String(job.parent_id) }}>
            {t("job.relaunchOf", { id: job.parent_id })}
          </Link>
        </Text>
      )}
      {job.workflow_run_id !== null && (
        <Text size="sm" c="dimmed">
          <Link to="/workflow-runs/$runId" params={{ runId: String(job.workflow_run_id) }}>
            {t("job.ofRun", { id: job.workflow_run_id })}
          </Link>
        </Text>
      )}
      {job.template_name && (
        <Text size="sm" c="dimmed">
          {t("job.fromTemplate", { name: job.template_name })}
        </Text>
      )}
    </Group>
  );
}

/** Hosts on which the job may go on: only somebody who looks there can know. */
function StillRuns({ job, hosts }: { job: Job; hosts: readonly JobHost[] }) {
  const { t } = useTranslation();
  const there = hosts.filter((host) => host.may_still_run);
  if (there.length === 0) return null;
  return (
    <Alert
      color="orange"
      icon={<IconAlertTriangle size={18} />}
      title={t("job.mayRunOn", { count: there.length })}
      role="status"
    >
      <Text size="sm" mb={6}>
        {t("job.mayRunText")}
      </Text>
      <HostChips job={job.id} hosts={there.map((host) => ({ id: host.host_id, name: host.name, state: host.state }))} />
    </Alert>
  );
}

/** Hosts where a playbook could do nothing for want of Python, and the way that needs none. */
function NeedPython({ job, hosts }: HeaderProps) {
  const { t } = useTranslation();
  const may = useMay();
  const ids = Array.isArray(job.stats.needs_python) ? job.stats.needs_python.map(Number) : [];
  const there = hosts.filter((host) => ids.includes(host.host_id));
  if (there.length === 0) return null;
  return (
    <Alert color="orange" title={t("job.needsPython", { count: there.length })} role="status" data-needs-python>
      <Text size="sm" mb={6}>
        {t("job.needsPythonText")}
      </Text>
      <HostChips hosts={there.map((host) => ({ id: host.host_id, name: host.name, state: host.state }))} />
      {may("jobs.run") && (
        <Button
          renderRoot={(props) => (
            <Link to="/run" search={{ steps: ["python"], host: there.map((host) => host.host_id) }} {...props} />
          )}
          size="xs"
          mt={8}
          variant="default"
        >
          {t("job.installPython")}
        </Button>
      )}
    </Alert>
  );
}

function ExportMenu({ job }: { job: Job }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />} rightSection={<IconChevronDown size={14} />}>
          {t("job.export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["text", "json", "csv"] as const).map((format) => (
          <Menu.Item key={format} component="a" href={exportOf(job.id, format)} download>
            {t(`job.exportAs.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
