import { Badge, Button, Group, VisuallyHidden } from "@mantine/core";
import { IconCopy, IconPencil, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../../api/queries";
import { Page } from "../../../parts/Page";
import { RowAction } from "../../../parts/RowAction";
import { deleteTemplate, templatesQuery } from "../calls";
import { JobsTabs } from "../JobsTabs";
import { KeptList, KeptName } from "../KeptList";
import { useLineKeys } from "../lineKeys";
import type { Template } from "../types";
import { LaunchDialog } from "./LaunchDialog";

const route = getRouteApi("/inside/jobs/templates");

/** What is kept to be run again and again. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { q = "" } = route.useSearch();
  const go = route.useNavigate();
  const query = useQuery(templatesQuery);
  const drop = useChange(deleteTemplate, ["templates"]);
  const add = may("jobs.manage") && (
    <Button component={Link} to="/jobs/templates/new" leftSection={<IconPlus size={16} />}>
      {t("template.new")}
    </Button>
  );
  return (
    <Page title={t("nav.jobs")} actions={add}>
      <JobsTabs />
      <KeptList
        query={query}
        words="template"
        searched={q}
        onSearch={(next) => go({ search: { q: next }, replace: true })}
        textOf={(one) => `${one.name} ${one.description} ${one.kind}`}
        add={add}
        table={(shown, deeds) => <Table templates={shown} {...deeds} />}
        launch={(one, onClose) => <LaunchDialog template={one} onClose={onClose} />}
        onDelete={(id) => drop.mutateAsync(id)}
      />
    </Page>
  );
}

interface TableProps {
  templates: readonly Template[];
  onLaunch: (template: Template) => void;
  onDelete: (template: Template) => void;
}

function Table({ templates, onLaunch, onDelete }: TableProps) {
  const { t } = useTranslation();
  useLineKeys("[data-template]");
  return (
    <table className="grid-table stacking jobs-table templates-table">
      <thead>
        <tr>
          <th>{t("template.column.name")}</th>
          <th>{t("template.column.kind")}</th>
          <th>{t("template.column.summary")}</th>
          <th>{t("template.column.notes")}</th>
          <th>
            <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {templates.map((template) => (
          <Row key={template.id} template={template} onLaunch={onLaunch} onDelete={onDelete} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ template, onLaunch, onDelete }: Omit<TableProps, "templates"> & { template: Template }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const noted = template.survey.length > 0 || template.needs_approval || template.lock !== "none";
  const path = { templateId: String(template.id) };
  return (
    <tr data-template={template.name}>
      <td>
        <Link to="/jobs/templates/$templateId" params={path} className="row-link plain-link">
          <KeptName of={template} />
        </Link>
      </td>
      <td data-label={t("template.column.kind")}>{t(`jobKind.${template.kind}`, template.kind)}</td>
      <td className="prose" data-label={t("template.column.summary")} style={{ maxWidth: 360 }}>
        <span className="mono quiet job-name" title={template.summary}>
          {template.summary}
        </span>
      </td>
      <td data-label={t("template.column.notes")}>
        {noted && (
          <Group gap={4}>
            {template.survey.length > 0 && <Mark>{t("template.asks", { count: template.survey.length })}</Mark>}
            {template.needs_approval && <Mark>{t("template.needsApproval")}</Mark>}
            {template.lock !== "none" && <Mark>{t(`template.lock.${template.lock}`)}</Mark>}
          </Group>
        )}
      </td>
      <td className="stick-right">
        <span className="row-actions">
          <RowAction
            icon={IconPlayerPlay}
            label={t("template.launch")}
            of={template.name}
            why={template.may_launch ? undefined : t("template.mayNotLaunch")}
            onClick={() => onLaunch(template)}
          />
          {may("jobs.manage") && (
            <>
              <RowAction
                icon={IconPencil}
                label={t("action.edit")}
                of={template.name}
                onClick={() => navigate({ to: "/jobs/templates/$templateId", params: path })}
              />
              <RowAction
                icon={IconCopy}
                label={t("template.duplicate")}
                of={template.name}
                onClick={() => navigate({ to: "/jobs/templates/new", search: { from: template.id } })}
              />
              <RowAction
                icon={IconTrash}
                harm
                label={t("action.delete")}
                of={template.name}
                onClick={() => onDelete(template)}
              />
            </>
          )}
        </span>
      </td>
    </tr>
  );
}

function Mark({ children }: { children: string }) {
  return (
    <Badge size="sm" variant="default">
      {children}
    </Badge>
  );
}
