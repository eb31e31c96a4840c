import { Badge, Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { IconCopy, IconPencil, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../../api/queries";
import { Confirm } from "../../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { RowAction } from "../../../parts/RowAction";
import { SearchBox } from "../../../parts/SearchBox";
import { deleteTemplate, templatesQuery } from "../calls";
import { JobsTabs } from "../JobsTabs";
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
  const [launching, setLaunching] = useState<Template | null>(null);
  const [deleting, setDeleting] = useState<Template | null>(null);
  const query = useQuery(templatesQuery);
  const drop = useChange(deleteTemplate, ["templates"]);
  const items = query.data?.items ?? [];
  const shown = items.filter((one) =>
    `${one.name} ${one.description} ${one.kind}`.toLowerCase().includes(q.toLowerCase()),
  );
  const add = may("jobs.manage") && (
    <Button component={Link} to="/jobs/templates/new" leftSection={<IconPlus size={16} />}>
      {t("template.new")}
    </Button>
  );
  return (
    <Page title={t("nav.jobs")} actions={add}>
      <JobsTabs />
      {items.length > 0 && (
        <Group gap="xs">
          <SearchBox
            label={t("template.search")}
            value={q}
            onChange={(next) => go({ search: { q: next || undefined }, replace: true })}
          />
          <Text size="sm" c="dimmed" role="status">
            {t("jobs.shown", { shown: shown.length, total: items.length })}
          </Text>
        </Group>
      )}
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <div className="card scroll-x">
        {query.isPending && <Rows />}
        {query.data && shown.length === 0 && (
          <Empty title={t(q ? "template.nothingFits" : "template.none")} action={!q && add}>
            {!q && t("template.noneText")}
          </Empty>
        )}
        {shown.length > 0 && <Table templates={shown} onLaunch={setLaunching} onDelete={setDeleting} />}
      </div>
      {launching && <LaunchDialog template={launching} onClose={() => setLaunching(null)} />}
      {deleting && (
        <Confirm
          title={t("template.deleteTitle", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => drop.mutateAsync(deleting.id)}
        >
          {t("template.deleteText")}
        </Confirm>
      )}
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
          <Text span size="sm" fw={500}>
            {template.name}
          </Text>
          {template.description && (
            <Text span size="xs" c="dimmed" display="block">
              {template.description}
            </Text>
          )}
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
