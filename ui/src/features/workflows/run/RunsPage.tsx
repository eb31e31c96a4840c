import { Button, Group, MultiSelect, Select, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNow } from "../../../live/hooks";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { SearchBox } from "../../../parts/SearchBox";
import { When } from "../../../parts/When";
import { useLineKeys } from "../../jobs/lineKeys";
import { lengthOf, spanOf } from "../../jobs/order";
import { runsQuery, workflowsQuery } from "../calls";
import type { RunsSearch } from "../search";
import { RunBadge } from "../states";
import { isOver, RUN_STATES, type Run, type RunState } from "../types";
import { NodeCounts } from "./NodeCounts";

const route = getRouteApi("/inside/workflow-runs");

/** Runs of workflows, newest first. */
export function RunsPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(runsQuery(search));
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages[0]?.total;
  const filtered = Object.values(search).some((one) => one !== undefined);
  const change = (next: Partial<RunsSearch>, typing = false) =>
    navigate({ search: (before: RunsSearch) => ({ ...before, ...next }), replace: typing });
  const above = [
    { label: t("nav.jobs"), to: "/jobs" },
    { label: t("jobs.part.workflows"), to: "/workflows" },
  ];
  return (
    <Page title={t("workflowRun.all")} above={above}>
      {(total !== 0 || filtered) && <Filters search={search} shown={runs.length} total={total} onChange={change} />}
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <div className="card scroll-x">
        {query.isPending && <Rows count={8} />}
        {query.data && runs.length === 0 && (
          <Empty
            title={t(filtered ? "workflowRun.nothingFits" : "workflowRun.none")}
            action={
              filtered && (
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  {t("fleet.clearFilters")}
                </Button>
              )
            }
          >
            {!filtered && t("workflowRun.noneText")}
          </Empty>
        )}
        {runs.length > 0 && <Table runs={runs} />}
      </div>
      {query.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {t("workflowRun.more")}
          </Button>
        </Group>
      )}
    </Page>
  );
}

interface FiltersProps {
  search: RunsSearch;
  shown: number;
  total: number | undefined;
  onChange: (next: Partial<RunsSearch>, typing?: boolean) => void;
}

function Filters({ search, shown, total, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const workflows = useQuery(workflowsQuery);
  return (
    <Group gap="xs" className="fleet-filters">
      <SearchBox
        label={t("workflowRun.search")}
        value={search.q ?? ""}
        onChange={(q) => onChange({ q: q || undefined }, true)}
      />
      <MultiSelect
        size="sm"
        className="fleet-choice job-state"
        clearable
        aria-label={t("jobs.state")}
        placeholder={search.state?.length ? undefined : t("jobs.state")}
        data={RUN_STATES.map((state) => ({ value: state, label: t(`workflowRun.state.${state}`) }))}
        value={search.state ?? []}
        onChange={(state) => onChange({ state: state.length ? (state as RunState[]) : undefined })}
      />
      <Select
        size="sm"
        className="fleet-choice"
        clearable
        searchable
        aria-label={t("workflow.one")}
        placeholder={t("workflow.one")}
        data={(workflows.data?.items ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
        value={search.workflow ? String(search.workflow) : null}
        onChange={(id) => onChange({ workflow: id ? Number(id) : undefined })}
      />
      {total !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          {t("jobs.shown", { shown, total })}
        </Text>
      )}
    </Group>
  );
}

const COLUMNS = ["state", "name", "nodes", "who", "started", "length"] as const;

function Table({ runs }: { runs: readonly Run[] }) {
  const { t, i18n } = useTranslation();
  useLineKeys("[data-run]");
  const now = useNow(runs.some((run) => !isOver(run.state)) ? 1000 : 60_000);
  const title = (name: (typeof COLUMNS)[number]) => t(`workflowRun.column.${name}`);
  return (
    <table className="grid-table stacking jobs-table">
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th key={name} className={name === "length" ? "num" : undefined}>
              {title(name)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id} data-run={run.id}>
            <td style={{ width: 150 }}>
              <RunBadge state={run.state} />
            </td>
            <td className="prose" data-label={title("name")}>
              <Link to="/workflow-runs/$runId" params={{ runId: String(run.id) }} className="row-link plain-link">
                {run.name}
              </Link>
            </td>
            <td data-label={title("nodes")}>
              <NodeCounts counts={run.counts} />
            </td>
            <td data-label={title("who")}>{run.launched_by || t("jobs.itself")}</td>
            <td data-label={title("started")} className="nowrap">
              <When at={run.created_at} />
            </td>
            <td data-label={title("length")} className="num">
              {spanOf(lengthOf(run.created_at, run.ended_at, now), i18n.language)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
