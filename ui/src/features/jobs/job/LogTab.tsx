import { Alert, Anchor, Button, Group, Select, Stack, Switch, Text } from "@mantine/core";
import { IconDownload, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { LogLines } from "../../../parts/LogLines";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { SearchBox } from "../../../parts/SearchBox";
import { outputOf } from "../calls";
import { isOver } from "../order";
import type { JobSearch } from "../search";
import { Found } from "./Found";
import type { Watched } from "./store";
import { useOutput } from "./useOutput";

interface LogTabProps {
  watched: Watched;
  search: JobSearch;
  onChange: (next: Partial<JobSearch>, typing?: boolean) => void;
}

/** The output as it comes, of all hosts or of one. */
export function LogTab({ watched, search, onChange }: LogTabProps) {
  const { t } = useTranslation();
  const { job, hosts } = watched;
  const [follow, setFollow] = useState(!isOver(job.state));
  const [wrap, setWrap] = useState(true);
  const names = useMemo(() => new Map(hosts.map((host) => [host.host_id, host.name])), [hosts]);
  const only = search.host ?? null;
  const { lines, dropped, error, waiting, earlier, loading } = useOutput(job, only, names);
  const words = search.q ?? "";
  const options = hosts.map((host) => ({ value: String(host.host_id), label: host.name }));
  const host = hosts.find((one) => one.host_id === only);
  const capped = host ? host.capped : job.capped;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <SearchBox label={t("jobLog.search")} value={words} onChange={(q) => onChange({ q: q || undefined }, true)} />
        <Select
          aria-label={t("jobLog.host")}
          w={200}
          searchable
          clearable
          limit={100}
          placeholder={t("jobLog.all")}
          data={options}
          value={only === null ? null : String(only)}
          onChange={(id) => onChange({ host: id === null ? undefined : Number(id) })}
        />
        <Button
          variant={follow ? "light" : "default"}
          leftSection={follow ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
          aria-pressed={follow}
          onClick={() => setFollow(!follow)}
        >
          {t(follow ? "jobLog.following" : "jobLog.follow")}
        </Button>
        <Switch label={t("jobLog.wrap")} checked={wrap} onChange={(event) => setWrap(event.currentTarget.checked)} />
        <Button
          ml="auto"
          component="a"
          variant="default"
          leftSection={<IconDownload size={14} />}
          href={outputOf(job.id, only)}
          download
        >
          {t("jobLog.download")}
        </Button>
      </Group>
      {error !== null && <ErrorNote error={error} />}
      {capped && (
        <Alert color="orange">
          <Text size="sm">{t("jobLog.capped")}</Text>
        </Alert>
      )}
      {words ? (
        <Found job={job} hostId={only} words={words} onOpen={(id) => onChange({ host: id, q: undefined })} />
      ) : (
        <div className="card log-card job-log">
          {lines.length === 0 && waiting && <Rows />}
          {lines.length === 0 && !waiting && (
            <Empty title={t("jobLog.empty")}>{t(isOver(job.state) ? "jobLog.noneText" : "jobLog.emptyText")}</Empty>
          )}
          {lines.length > 0 && (
            <LogLines
              lines={lines}
              label={t("jobLog.of", { name: host?.name ?? job.name })}
              wrap={wrap}
              words=""
              follow={follow}
              onFollow={setFollow}
            />
          )}
        </div>
      )}
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed" role="status">
          {t("jobLog.count", { count: lines.length })}
          {dropped > 0 && ` · ${t("jobLog.dropped", { count: dropped })}`}
        </Text>
        <Group gap="sm">
          {earlier && (
            <Button size="compact-xs" variant="default" loading={loading} onClick={earlier}>
              {t("jobLog.earlier")}
            </Button>
          )}
          {!follow && (
            <Anchor component="button" type="button" size="xs" onClick={() => setFollow(true)}>
              {t("jobLog.toEnd")}
            </Anchor>
          )}
        </Group>
      </Group>
    </Stack>
  );
}
