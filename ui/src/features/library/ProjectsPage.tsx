import { Badge, Button, Group, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconGitBranch, IconPencil, IconPlus, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { deleteProject, type Project, projectsQuery, syncProject } from "./calls";
import { ProjectDialog } from "./ProjectDialog";
import { Vaults } from "./Vaults";

/** Git projects and vault passwords. */
export function ProjectsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const cache = useQueryClient();
  const { data, error, refetch } = useQuery(projectsQuery);
  const [adding, setAdding] = useState(false);
  const synced = data?.items.map((one) => one.commit).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another commit brings other playbooks
  useEffect(() => {
    cache.invalidateQueries({ queryKey: ["playbooks"] });
  }, [synced, cache]);
  const add = may("playbooks.write") && (
    <Button leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
      {t("project.add")}
    </Button>
  );
  return (
    <Page title={t("playbook.projects")} above={[{ label: t("nav.playbooks"), to: "/playbooks" }]} actions={add}>
      {error && <ErrorNote error={error} onRetry={refetch} />}
      <div className="card scroll-x">
        {!data && !error && <Rows count={3} />}
        {data?.items.length === 0 && <Empty title={t("project.none")}>{t("project.noneText")}</Empty>}
        {data && data.items.length > 0 && <Listing items={data.items} />}
      </div>
      <Vaults />
      {adding && <ProjectDialog project={null} onClose={() => setAdding(false)} />}
    </Page>
  );
}

function Listing({ items }: { items: Project[] }) {
  const { t } = useTranslation();
  const may = useMay();
  const [deleting, setDeleting] = useState<Project | null>(null);
  const [changing, setChanging] = useState<Project | null>(null);
  const sync = useChange(syncProject, ["git-projects"]);
  const drop = useChange(deleteProject, ["git-projects", "playbooks"]);
  return (
    <>
      {sync.error && <ErrorNote error={sync.error} />}
      <Table className="grid-table stacking">
        <thead>
          <tr>
            {(["name", "commit", "state", "synced"] as const).map((column) => (
              <th key={column}>{t(`project.column.${column}`)}</th>
            ))}
            <th>
              <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id} data-project={one.name}>
              <td data-label={t("project.column.name")}>
                {one.name}
                <Text size="xs" c="dimmed">
                  {one.url} <IconGitBranch size={11} aria-hidden /> {one.branch}
                </Text>
              </td>
              <td data-label={t("project.column.commit")}>
                <Text span ff="monospace" size="xs" title={one.commit ?? undefined}>
                  {one.commit?.slice(0, 10) ?? "–"}
                </Text>{" "}
                <Text span size="xs" c="dimmed">
                  {one.subject}
                </Text>
              </td>
              <td data-label={t("project.column.state")}>
                <SyncState one={one} />
              </td>
              <td data-label={t("project.column.synced")}>{one.synced_at ? <When at={one.synced_at} /> : "–"}</td>
              <td className="stick-right">
                {may("playbooks.write") && (
                  <Group gap={2} wrap="nowrap" justify="flex-end" className="row-actions">
                    <RowAction
                      icon={IconRefresh}
                      label={t("project.sync")}
                      of={one.name}
                      why={one.state === "syncing" ? t("project.state.syncing") : undefined}
                      onClick={() => sync.mutate(one.id)}
                    />
                    <RowAction
                      icon={IconPencil}
                      label={t("action.edit")}
                      of={one.name}
                      onClick={() => setChanging(one)}
                    />
                    <RowAction
                      icon={IconTrash}
                      harm
                      label={t("action.delete")}
                      of={one.name}
                      onClick={() => setDeleting(one)}
                    />
                  </Group>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {changing && <ProjectDialog project={changing} onClose={() => setChanging(null)} />}
      {deleting && (
        <Confirm
          title={t("project.deleteTitle", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => drop.mutateAsync(deleting.id)}
        >
          {t("project.deleteText", { count: deleting.playbooks })}
        </Confirm>
      )}
    </>
  );
}

const COLOURS: Record<string, string> = {
  ready: "var(--state-up)",
  failed: "var(--state-down)",
  syncing: "var(--state-warn)",
};

function SyncState({ one }: { one: Project }) {
  const { t } = useTranslation();
  const state = (["new", "syncing", "ready", "failed"] as const).find((name) => name === one.state) ?? "new";
  return (
    <>
      <Badge size="sm" variant="default" c={COLOURS[state]}>
        {t(`project.state.${state}`)}
      </Badge>
      {state === "ready" && (
        <Text span size="xs" c="dimmed" ml={6}>
          {t("project.playbooks", { count: one.playbooks })}
        </Text>
      )}
      {one.error && (
        <Text size="xs" c="var(--state-down)" maw={420} style={{ whiteSpace: "pre-wrap" }}>
          {one.error}
        </Text>
      )}
    </>
  );
}
