import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconGitBranch, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { SearchBox } from "../../parts/SearchBox";
import { type Playbook, playbooksQuery } from "./calls";
import type { LibrarySearch } from "./search";
import { fitting, inLanguage, titleOf } from "./words";

/** All playbooks: Moorline's, one's own, those of Git projects. */
export function LibraryPage() {
  const { t, i18n } = useTranslation();
  const { q = "" } = useSearch({ strict: false }) as LibrarySearch;
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(playbooksQuery);
  const items = fitting(data?.items ?? [], q, i18n.language);
  return (
    <Page title={t("nav.playbooks")} actions={<Actions mayWrite={data?.may_write ?? false} />}>
      <Group gap="xs">
        <SearchBox
          value={q}
          label={t("playbook.search")}
          onChange={(typed) => navigate({ to: "/playbooks", search: { q: typed || undefined }, replace: true })}
        />
        {q && data && (
          <Text size="sm" c="dimmed" role="status">
            {t("playbook.found", { count: items.length, total: data.total })}
          </Text>
        )}
      </Group>
      {error && <ErrorNote error={error} onRetry={refetch} />}
      <div className="card scroll-x">
        {!data && !error && <Rows />}
        {data && items.length === 0 && (
          <Empty title={t(q ? "playbook.noneFound" : "playbook.none")}>{t("playbook.noneText")}</Empty>
        )}
        {items.length > 0 && <Listing items={items} />}
      </div>
    </Page>
  );
}

function Actions({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <Button component={Link} to="/playbooks/projects" variant="default" leftSection={<IconGitBranch size={15} />}>
        {t("playbook.projects")}
      </Button>
      {mayWrite && (
        <Button component={Link} to="/playbooks/edit" leftSection={<IconPlus size={15} />}>
          {t("playbook.new")}
        </Button>
      )}
    </>
  );
}

function Listing({ items }: { items: Playbook[] }) {
  const { t } = useTranslation();
  return (
    <Table className="grid-table stacking">
      <thead>
        <tr>
          <th>{t("playbook.column.title")}</th>
          <th>{t("playbook.column.source")}</th>
          <th>{t("playbook.column.tags")}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <Row key={one.reference} one={one} />
        ))}
      </tbody>
    </Table>
  );
}

function Row({ one }: { one: Playbook }) {
  const { t, i18n } = useTranslation();
  const { header } = one;
  return (
    <tr data-playbook={one.reference}>
      <td data-label={t("playbook.column.title")}>
        <Link to="/playbooks/show" search={{ reference: one.reference }} className="row-link">
          {titleOf(one, i18n.language)}
        </Link>
        <Text size="xs" c="dimmed" lineClamp={2}>
          {header.trouble || inLanguage(header.description, i18n.language)}
        </Text>
      </td>
      <td data-label={t("playbook.column.source")}>
        {one.source === "git" ? one.project : t(`playbook.source.${one.source}`)}
      </td>
      <td data-label={t("playbook.column.tags")}>
        <Group gap={4}>
          {header.destructive && <Destructive />}
          {(header.tags ?? []).map((tag) => (
            <Badge key={tag} size="sm" variant="default">
              {tag}
            </Badge>
          ))}
        </Group>
      </td>
    </tr>
  );
}

export function Destructive() {
  const { t } = useTranslation();
  return (
    <Badge size="sm" variant="default" c="var(--state-warn)" leftSection={<IconAlertTriangle size={11} />}>
      {t("playbook.destructive")}
    </Badge>
  );
}
