import { Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LogLines } from "../../../parts/LogLines";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { matchesQuery } from "../calls";
import type { Job } from "../types";

interface FoundProps {
  job: Job;
  hostId: number | null;
  words: string;
  onOpen: (hostId: number) => void;
}

/** Lines that hold what is looked for, in all that was kept, also where this page has not read it. */
export function Found({ job, hostId, words }: FoundProps) {
  const { t } = useTranslation();
  const query = useQuery({ ...matchesQuery(job.id, hostId, words), placeholderData: keepPreviousData });
  const lines = useMemo(
    () =>
      (query.data?.items ?? []).map((match, key) => ({
        key,
        text: match.text,
        stamp: hostId === null ? `${match.name}:${match.line}` : String(match.line),
      })),
    [query.data, hostId],
  );
  return (
    <>
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <div className="card log-card job-log">
        {query.isPending && <Rows />}
        {query.data && lines.length === 0 && <Empty title={t("jobLog.nothingFound")} />}
        {lines.length > 0 && (
          <LogLines
            lines={lines}
            label={t("jobLog.of", { name: job.name })}
            wrap
            words={words}
            follow={false}
            onFollow={() => undefined}
          />
        )}
      </div>
      {query.data && (
        <Text size="xs" c="dimmed" role="status">
          {t("jobLog.found", { count: lines.length })}
          {query.data.truncated && ` · ${t("jobLog.truncated")}`}
        </Text>
      )}
    </>
  );
}
