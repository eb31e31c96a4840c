import { Group, Text, VisuallyHidden } from "@mantine/core";
import { IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNow } from "../../../live/hooks";
import { RowAction } from "../../../parts/RowAction";
import { When } from "../../../parts/When";
import { CountsBar } from "../CountsBar";
import { useLineKeys } from "../lineKeys";
import { isOver, lengthOf, spanOf } from "../order";
import { JobBadge } from "../states";
import type { Job } from "../types";

interface TableProps {
  jobs: readonly Job[];
  onCancel: (job: Job) => void;
  onRelaunch: (job: Job) => void;
}

const COLUMNS = ["state", "name", "results", "hosts", "who", "started", "length"] as const;
const NUMERIC: readonly string[] = ["hosts", "length"];

export function JobsTable({ jobs, onCancel, onRelaunch }: TableProps) {
  const { t } = useTranslation();
  useLineKeys("[data-job]");
  const running = jobs.some((job) => !isOver(job.state));
  const now = useNow(running ? 1000 : 60_000);
  const title = (name: (typeof COLUMNS)[number]) => t(`jobs.column.${name}`);
  return (
    <table className="grid-table stacking jobs-table">
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th key={name} className={NUMERIC.includes(name) ? "num" : undefined}>
              {title(name)}
            </th>
          ))}
          <th>
            <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <Row key={job.id} job={job} now={now} title={title} onCancel={onCancel} onRelaunch={onRelaunch} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps extends Omit<TableProps, "jobs"> {
  job: Job;
  now: number;
  title: (name: (typeof COLUMNS)[number]) => string;
}

function Row({ job, now, title, onCancel, onRelaunch }: RowProps) {
  const { t, i18n } = useTranslation();
  const over = isOver(job.state);
  return (
    <tr data-job={job.id} data-job-state={job.state}>
      <td style={{ width: 150 }}>
        <JobBadge state={job.state} />
      </td>
      <td className="prose" data-label={title("name")} style={{ maxWidth: 420 }}>
        <Link to="/jobs/$jobId" params={{ jobId: String(job.id) }} className="row-link plain-link job-name">
          <Text span size="sm" fw={500}>
            {job.name}
          </Text>
          {job.summary && job.summary !== job.name && (
            <span className="mono quiet" style={{ marginLeft: 8 }}>
              {job.summary}
            </span>
          )}
        </Link>
      </td>
      <td data-label={title("results")} style={{ width: 140 }}>
        <Group gap={6} wrap="nowrap">
          <CountsBar counts={job.counts} />
        </Group>
      </td>
      <td data-label={title("hosts")} className="num">
        {job.hosts}
      </td>
      <td data-label={title("who")}>{job.launched_by || t("jobs.itself")}</td>
      <td data-label={title("started")} className="nowrap">
        <When at={job.started_at ?? job.created_at} />
      </td>
      <td data-label={title("length")} className="num">
        {spanOf(lengthOf(job.started_at, job.ended_at, now), i18n.language)}
      </td>
      <td className="stick-right">
        <span className="row-actions">
          {!over && job.may_cancel && (
            <RowAction icon={IconPlayerStop} harm label={t("job.cancel")} of={job.name} onClick={() => onCancel(job)} />
          )}
          {over && job.may_relaunch && (
            <RowAction icon={IconRefresh} label={t("job.relaunch")} of={job.name} onClick={() => onRelaunch(job)} />
          )}
        </span>
      </td>
    </tr>
  );
}
