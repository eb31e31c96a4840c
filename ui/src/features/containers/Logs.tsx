import { Alert, Anchor, Button, Group, Select, Stack, Switch, Text } from "@mantine/core";
import { IconDownload, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useMay } from "../../api/queries";
import { plainText } from "../../parts/ansi";
import { LogLines } from "../../parts/LogLines";
import { Empty, ErrorNote } from "../../parts/Notices";
import { SearchBox } from "../../parts/SearchBox";
import { pathOf } from "./deeds";
import { lineOf, useFollow } from "./follow";
import type { Container } from "./types";

const SINCE = { all: null, "15m": 900, "1h": 3600, "24h": 86_400, "7d": 604_800 } as const;
type Since = keyof typeof SINCE;
const MOST_FOUND = 5000;

/** The log of a container: followed, searched, downloaded. */
export function Logs({ container }: { container: Container }) {
  const { t } = useTranslation();
  const may = useMay()("hosts.operate");
  const [span, setSpan] = useState<Since>("all");
  const [words, setWords] = useState("");
  const [follow, setFollow] = useState(true);
  const [wrap, setWrap] = useState(true);
  const [stamps, setStamps] = useState(false);
  const since = useMemo(() => {
    const length = SINCE[span];
    return length === null ? null : Math.floor(Date.now() / 1000) - length;
  }, [span]);
  const { lines, over, waiting } = useFollow(container, since, may);
  const found = useFound(container, since, words);
  const shown = useMemo(() => {
    const kept = words && found.lines ? joined(found.lines, lines, words) : matching(lines, words);
    return stamps ? kept : kept.map(({ stamp: _, ...line }) => line);
  }, [lines, words, found.lines, stamps]);
  if (!may)
    return (
      <div className="card">
        <Empty title={t("container.logsForbidden")}>{t("process.forbiddenText")}</Empty>
      </div>
    );
  const download = new URLSearchParams({ timestamps: String(stamps) });
  if (since !== null) download.set("since", String(since));
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <SearchBox label={t("log.search")} value={words} onChange={setWords} />
        <Select
          aria-label={t("log.since")}
          w={150}
          allowDeselect={false}
          value={span}
          onChange={(next) => next && setSpan(next as Since)}
          data={Object.keys(SINCE).map((value) => ({ value, label: t(`log.span.${value}`) }))}
        />
        <Button
          variant={follow ? "light" : "default"}
          leftSection={follow ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
          aria-pressed={follow}
          onClick={() => setFollow(!follow)}
        >
          {t(follow ? "log.following" : "log.follow")}
        </Button>
        <Switch label={t("log.wrap")} checked={wrap} onChange={(event) => setWrap(event.currentTarget.checked)} />
        <Switch label={t("log.stamps")} checked={stamps} onChange={(event) => setStamps(event.currentTarget.checked)} />
        <Button
          ml="auto"
          component="a"
          variant="default"
          leftSection={<IconDownload size={14} />}
          href={`/api/v1/hosts/${container.host_id}/containers/${container.id}/logs/download?${download}`}
          download
        >
          {t("log.download")}
        </Button>
      </Group>
      {found.error && <ErrorNote error={found.error} />}
      {over?.kind === "problem" && <Alert color="red">{over.detail}</Alert>}
      <div className="card log-card">
        {shown.length === 0 && !waiting ? (
          <Empty title={t(words ? "log.nothingFound" : "log.empty")}>
            {t(words ? "log.nothingFoundText" : "log.emptyText")}
          </Empty>
        ) : (
          <LogLines
            lines={shown}
            label={t("log.of", { name: container.name })}
            wrap={wrap}
            words={words}
            follow={follow}
            onFollow={setFollow}
          />
        )}
      </div>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed" role="status">
          {t("log.count", { count: shown.length })}
          {words && found.truncated && ` · ${t("log.truncated")}`}
        </Text>
        {over?.kind === "end" && (
          <Text size="xs" c="dimmed">
            {t("log.end")}
          </Text>
        )}
        {!follow && (
          <Anchor component="button" type="button" size="xs" onClick={() => setFollow(true)}>
            {t("log.toEnd")}
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

type Line = ReturnType<typeof lineOf>;

const matching = (lines: readonly Line[], words: string): readonly Line[] => {
  if (!words) return lines;
  const wanted = words.toLowerCase();
  return lines.filter((line) => plainText(line.text).toLowerCase().includes(wanted));
};

/** What the engine found in all of the log, and after it what has been written since. */
function joined(old: readonly Line[], lines: readonly Line[], words: string): readonly Line[] {
  const last = old.at(-1)?.stamp ?? "";
  return [...old, ...matching(lines, words).filter((line) => (line.stamp ?? "") > last)];
}

/** Searched for on the host: also in what this page has not read. */
function useFound(container: Container, since: number | null, words: string) {
  const query = useQuery({
    queryKey: ["log-search", container.host_id, container.id, since, words],
    enabled: words !== "",
    gcTime: 0,
    queryFn: () =>
      data(
        api.GET("/api/v1/hosts/{host_id}/containers/{name}/logs", {
          params: {
            path: pathOf(container),
            query: { tail: MOST_FOUND, search: words, ...(since === null ? {} : { since }) },
          },
        }),
      ),
  });
  const lines = useMemo(
    () => query.data?.lines.map((said, place) => lineOf(said as Parameters<typeof lineOf>[0], place - MOST_FOUND)),
    [query.data],
  );
  return { lines, truncated: query.data?.truncated ?? false, error: words ? query.error : null };
}
