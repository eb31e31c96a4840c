import "@xterm/xterm/css/xterm.css";
import "../terminal/terminal.css";
import { Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { bytes } from "../../format/units";
import { ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { When } from "../../parts/When";
import { type Recording, readCast, recordingQuery } from "./calls";
import type { Cast } from "./cast";
import { Replay } from "./Replay";

/** One recording, played as it was. */
export function RecordingPage() {
  const { t } = useTranslation();
  const { recordingId } = useParams({ strict: false }) as { recordingId: string };
  const { t: moment } = useSearch({ strict: false }) as { t?: number };
  const id = Number(recordingId);
  const { data: recording, error } = useQuery(recordingQuery(id));
  const { cast, read, failure } = useCast(id, recording !== undefined);
  const problem = error ?? failure;
  return (
    <Page
      title={recording?.host_name ?? t("recording.one")}
      above={[
        { label: t("nav.terminal"), to: "/terminal" },
        { label: t("recording.title"), to: "/recordings" },
      ]}
    >
      {problem !== null && <ErrorNote error={problem} />}
      {recording && <Facts recording={recording} />}
      {recording && !cast && !failure && (
        <Stack gap={4}>
          <Text size="sm" c="dimmed">
            {t("recording.reading", { size: bytes(read) })}
          </Text>
          <Progress value={100} animated aria-label={t("recording.reading", { size: bytes(read) })} />
        </Stack>
      )}
      {!recording && !error && <Rows />}
      {cast && <Replay cast={cast} from={moment ?? 0} />}
    </Page>
  );
}

function Facts({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const notes = [
    recording.truncated && t("recording.truncatedText"),
    recording.gap_bytes > 0 && t("recording.gapText", { size: bytes(recording.gap_bytes) }),
    recording.state === "interrupted" && t("recording.interruptedText"),
    recording.state === "running" && t("recording.runningText"),
  ].filter(Boolean);
  return (
    <Stack gap={2}>
      <Text size="sm" c="dimmed">
        {recording.username} · <When at={recording.started_at} /> ·{" "}
        {recording.command || t(`recording.kind.${recording.kind}`)}
      </Text>
      {notes.map((note) => (
        <Text size="sm" c="var(--state-warn)" key={String(note)}>
          {note}
        </Text>
      ))}
    </Stack>
  );
}

/** The whole recording, once the user may see it. */
function useCast(id: number, allowed: boolean) {
  const [cast, setCast] = useState<Cast | null>(null);
  const [read, setRead] = useState(0);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    if (!allowed) return;
    const ending = new AbortController();
    setCast(null);
    setFailure(null);
    readCast(id, ending.signal, setRead)
      .then(setCast)
      .catch((error) => !ending.signal.aborted && setFailure(error));
    return () => ending.abort();
  }, [id, allowed]);
  return { cast, read, failure };
}
