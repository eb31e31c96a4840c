import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../../api/client";
import { useNow } from "../../../live/hooks";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { When } from "../../../parts/When";
import { Parameters } from "../../jobs/job/Parameters";
import { lengthOf, spanOf } from "../../jobs/order";
import { runQuery } from "../calls";
import { Graph, Legend } from "../Graph";
import { RunBadge } from "../states";
import { isOver, type Run, type RunDetail } from "../types";
import { Deeds } from "./Deeds";
import { NodeCounts } from "./NodeCounts";
import { NodeList } from "./NodeList";

const route = getRouteApi("/inside/workflow-runs/$runId");

/** One run of a workflow: how it goes, node by node. */
export function RunPage() {
  const { t } = useTranslation();
  const { runId } = route.useParams();
  const { data, error, refetch } = useQuery(runQuery(Number(runId)));
  const above = [
    { label: t("nav.jobs"), to: "/jobs" },
    { label: t("workflowRun.all"), to: "/workflow-runs" },
  ];
  if (error instanceof Problem && error.status === 404)
    return (
      <div className="card">
        <Empty
          order={1}
          title={t("workflowRun.missing")}
          action={
            <Button component={Link} to="/workflow-runs">
              {t("workflowRun.toList")}
            </Button>
          }
        >
          {t("workflowRun.missingText")}
        </Empty>
      </div>
    );
  return (
    <Page title={data?.run.name ?? ""} above={above} actions={data && <Deeds run={data.run} />}>
      {error && <ErrorNote error={error} onRetry={() => refetch()} />}
      {data ? (
        <Content detail={data} />
      ) : (
        !error && (
          <div className="card">
            <Rows />
          </div>
        )
      )}
    </Page>
  );
}

function Content({ detail }: { detail: RunDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { run, nodes, edges } = detail;
  const drawn = useMemo(
    () =>
      nodes.map((one) => ({
        key: one.key,
        kind: one.kind,
        title: one.title || one.template_name || one.key,
        note: one.template_name,
        converge: one.converge,
        state: one.state,
      })),
    [nodes],
  );
  const open = (key: string) => {
    const node = nodes.find((one) => one.key === key);
    if (node?.job_id) navigate({ to: "/jobs/$jobId", params: { jobId: String(node.job_id) } });
    else document.getElementById(`node-${key}`)?.focus();
  };
  return (
    <Stack gap="sm">
      <Facts run={run} />
      {run.note && (
        <Alert color={run.state === "failed" ? "red" : "orange"} role="status">
          <Text size="sm">{run.note}</Text>
        </Alert>
      )}
      <div className="flow-split">
        <Stack gap={6}>
          <Graph label={t("workflow.graph")} nodes={drawn} ways={edges} onOpen={open} />
          <Legend />
        </Stack>
        <NodeList nodes={nodes} />
      </div>
      {run.survey.length > 0 && (
        <section className="card panel">
          <h2 className="part-title">{t("job.answersGiven")}</h2>
          <Parameters job={run} />
        </section>
      )}
    </Stack>
  );
}

/** How, who, when, how long, and of which other it is a part. */
function Facts({ run }: { run: Run }) {
  const { t, i18n } = useTranslation();
  const now = useNow(isOver(run.state) ? 60_000 : 1000);
  return (
    <Stack gap={4}>
      <Group gap={12} style={{ rowGap: 2 }}>
        <span data-run-state={run.state}>
          <RunBadge state={run.state} />
        </span>
        <Text size="sm" c="dimmed">
          {t("job.by", { name: run.launched_by || t("jobs.itself") })} · <When at={run.created_at} /> ·{" "}
          {spanOf(lengthOf(run.created_at, run.ended_at, now), i18n.language)}
        </Text>
        {run.parent_id !== null && (
          <Text size="sm" c="dimmed">
            <Link to="/workflow-runs/$runId" params={{ runId: String(run.parent_id) }}>
              {t("job.relaunchOf", { id: run.parent_id })}
            </Link>
          </Text>
        )}
        {run.workflow_id !== null && (
          <Text size="sm" c="dimmed">
            <Link to="/workflows/$workflowId" params={{ workflowId: String(run.workflow_id) }}>
              {t("workflowRun.ofVersion", { version: run.workflow_version })}
            </Link>
          </Text>
        )}
      </Group>
      <NodeCounts counts={run.counts} />
    </Stack>
  );
}
