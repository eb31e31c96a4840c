import { Badge, Button, Group, Table, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconDownload, IconSearch, IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { bytes, duration } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { deleteRecording, downloadOf, type Recording, recordingsQuery } from "./calls";
import type { RecordingSearch } from "./search";

const TYPED_MS = 250;

/** What was shown in terminals, newest first. */
export function RecordingsPage() {
  const { t } = useTranslation();
  const search = useSearch({ strict: false }) as RecordingSearch;
  const navigate = useNavigate();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    recordingsQuery(search),
  );
  const [deleting, setDeleting] = useState<Recording | null>(null);
  const drop = useChange(deleteRecording, ["recordings"]);
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const look = useDebouncedCallback(
    (q: string) => navigate({ to: "/recordings", search: { ...search, q: q || undefined }, replace: true }),
    TYPED_MS,
  );
  return (
    <Page title={t("recording.title")} above={[{ label: t("nav.terminal"), to: "/terminal" }]}>
      <TextInput
        data-search
        className="fleet-search"
        leftSection={<IconSearch size={15} />}
        placeholder={t("recording.search")}
        aria-label={t("recording.search")}
        defaultValue={search.q}
        onChange={(event) => look(event.currentTarget.value)}
      />
      {error && <ErrorNote error={error} onRetry={refetch} />}
      <div className="card scroll-x">
        {!data && !error && <Rows />}
        {data && items.length === 0 && (
          <Empty title={t(search.q ? "recording.noneFound" : "recording.none")}>{t("recording.noneText")}</Empty>
        )}
        {items.length > 0 && <Listing items={items} onDelete={setDeleting} />}
      </div>
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()} mx="auto">
          {t("recording.more")}
        </Button>
      )}
      {deleting && (
        <Confirm
          title={t("recording.deleteTitle", { name: deleting.host_name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => drop.mutateAsync(deleting.id)}
        >
          {t("recording.deleteText")}
        </Confirm>
      )}
    </Page>
  );
}

const COLUMNS = ["begun", "host", "user", "kind", "duration", "size", "state"] as const;

function Listing({ items, onDelete }: { items: Recording[]; onDelete: (one: Recording) => void }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const title = (name: (typeof COLUMNS)[number]) => t(`recording.column.${name}`);
  return (
    <Table className="grid-table stacking">
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th key={name} className={name === "duration" || name === "size" ? "num" : undefined}>
              {title(name)}
            </th>
          ))}
          <th>
            <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.id} data-recording={one.id}>
            <td data-label={title("begun")}>
              <Link to="/recordings/$recordingId" params={{ recordingId: String(one.id) }} className="row-link">
                <When at={one.started_at} />
              </Link>
            </td>
            <td data-label={title("host")}>{one.host_name}</td>
            <td data-label={title("user")}>{one.username}</td>
            <td data-label={title("kind")}>{one.command || t(`recording.kind.${one.kind}`)}</td>
            <td data-label={title("duration")} className="num">
              {one.duration_s === null ? "–" : duration(one.duration_s, i18n.language)}
            </td>
            <td data-label={title("size")} className="num">
              {bytes(one.size_bytes)}
            </td>
            <td data-label={title("state")}>
              <State one={one} />
            </td>
            <td className="stick-right">
              <Group gap={2} className="row-actions" wrap="nowrap" justify="flex-end">
                <RowAction
                  icon={IconDownload}
                  label={t("recording.download")}
                  of={one.host_name}
                  onClick={() => location.assign(downloadOf(one.id))}
                />
                {may("recordings.delete") && (
                  <RowAction
                    icon={IconTrash}
                    harm
                    label={t("action.delete")}
                    of={one.host_name}
                    why={one.state === "running" ? t("recording.stillRuns") : undefined}
                    onClick={() => onDelete(one)}
                  />
                )}
              </Group>
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function State({ one }: { one: Recording }) {
  const { t } = useTranslation();
  const color = { running: "var(--state-up)", interrupted: "var(--state-warn)" }[one.state] ?? "dimmed";
  return (
    <Group gap={4}>
      <Badge size="sm" variant="default" c={color}>
        {t(`recording.state.${one.state}`)}
      </Badge>
      {one.truncated && (
        <Badge size="sm" variant="default" c="var(--state-warn)">
          {t("recording.truncated")}
        </Badge>
      )}
    </Group>
  );
}
