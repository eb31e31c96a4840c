import { Button, Text, VisuallyHidden } from "@mantine/core";
import { IconCopy, IconHistory, IconPencil, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { Page } from "../../parts/Page";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { JobsTabs } from "../jobs/JobsTabs";
import { KeptList, KeptName } from "../jobs/KeptList";
import { useLineKeys } from "../jobs/lineKeys";
import { deleteWorkflow, workflowsQuery } from "./calls";
import { LaunchDialog } from "./LaunchDialog";
import { RunBadge } from "./states";
import type { Workflow } from "./types";

const route = getRouteApi("/inside/workflows");

/** Templates that follow each other. */
export function WorkflowsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { q = "" } = route.useSearch();
  const go = route.useNavigate();
  const query = useQuery(workflowsQuery);
  const drop = useChange(deleteWorkflow, ["workflows", "schedules"]);
  const add = may("jobs.manage") && (
    <Button component={Link} to="/workflows/new" leftSection={<IconPlus size={16} />}>
      {t("workflow.new")}
    </Button>
  );
  const actions = (
    <>
      <Button component={Link} to="/workflow-runs" variant="default" leftSection={<IconHistory size={16} />}>
        {t("workflowRun.all")}
      </Button>
      {add}
    </>
  );
  return (
    <Page title={t("nav.jobs")} actions={actions}>
      <JobsTabs />
      <KeptList
        query={query}
        words="workflow"
        searched={q}
        onSearch={(next) => go({ search: { q: next }, replace: true })}
        textOf={(one) => `${one.name} ${one.description}`}
        add={add}
        table={(shown, deeds) => <Table workflows={shown} {...deeds} />}
        launch={(one, onClose) => <LaunchDialog workflow={one} onClose={onClose} />}
        onDelete={(id) => drop.mutateAsync(id)}
      />
    </Page>
  );
}

interface TableProps {
  workflows: readonly Workflow[];
  onLaunch: (workflow: Workflow) => void;
  onDelete: (workflow: Workflow) => void;
}

function Table({ workflows, onLaunch, onDelete }: TableProps) {
  const { t } = useTranslation();
  useLineKeys("[data-workflow]");
  return (
    <table className="grid-table stacking jobs-table">
      <thead>
        <tr>
          <th>{t("workflow.one")}</th>
          <th className="num">{t("workflow.column.nodes")}</th>
          <th>{t("workflow.column.last")}</th>
          <th>{t("workflow.column.owner")}</th>
          <th>
            <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {workflows.map((one) => (
          <Row key={one.id} workflow={one} onLaunch={onLaunch} onDelete={onDelete} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ workflow, onLaunch, onDelete }: Omit<TableProps, "workflows"> & { workflow: Workflow }) {
  const { t } = useTranslation();
  const params = { workflowId: String(workflow.id) };
  const last = workflow.last_run;
  return (
    <tr data-workflow={workflow.name}>
      <td>
        <Link to="/workflows/$workflowId" params={params} className="row-link plain-link">
          <KeptName of={workflow} />
        </Link>
      </td>
      <td data-label={t("workflow.column.nodes")} className="num">
        {workflow.nodes.length}
      </td>
      <td data-label={t("workflow.column.last")}>
        {last ? (
          <Link to="/workflow-runs/$runId" params={{ runId: String(last.id) }} className="quiet-link">
            <RunBadge state={last.state} />{" "}
            <Text span size="sm" c="dimmed">
              <When at={last.created_at} />
            </Text>
          </Link>
        ) : (
          "–"
        )}
      </td>
      <td data-label={t("workflow.column.owner")}>{workflow.owner ?? "–"}</td>
      <td className="stick-right">
        <RowDeeds workflow={workflow} onLaunch={onLaunch} onDelete={onDelete} />
      </td>
    </tr>
  );
}

function RowDeeds({ workflow, onLaunch, onDelete }: Omit<TableProps, "workflows"> & { workflow: Workflow }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  return (
    <span className="row-actions">
      <RowAction
        icon={IconPlayerPlay}
        label={t("template.launch")}
        of={workflow.name}
        why={workflow.may_launch ? undefined : t("template.mayNotLaunch")}
        onClick={() => onLaunch(workflow)}
      />
      {may("jobs.manage") && (
        <>
          {workflow.may_change && (
            <RowAction
              icon={IconPencil}
              label={t("action.edit")}
              of={workflow.name}
              onClick={() => navigate({ to: "/workflows/$workflowId", params: { workflowId: String(workflow.id) } })}
            />
          )}
          <RowAction
            icon={IconCopy}
            label={t("template.duplicate")}
            of={workflow.name}
            onClick={() => navigate({ to: "/workflows/new", search: { from: workflow.id } })}
          />
          {workflow.may_change && (
            <RowAction
              icon={IconTrash}
              harm
              label={t("action.delete")}
              of={workflow.name}
              onClick={() => onDelete(workflow)}
            />
          )}
        </>
      )}
    </span>
  );
}
