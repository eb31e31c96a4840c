import { Alert, Code, Drawer, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNow } from "../../../live/hooks";
import { ErrorNote, Rows } from "../../../parts/Notices";
import { eventQuery } from "../calls";
import { lengthOf, spanOf } from "../order";
import { ResultBadge } from "../states";
import type { JobEvent, ResultState } from "../types";
import { Diff } from "./Diff";
import { linesOf } from "./Grouped";
import { Output } from "./Output";

interface DrawerProps {
  jobId: number;
  step: string;
  /** Its name, where the page knows a better one than what was written down. */
  title?: string;
  hostId: number;
  hostName: string;
  onClose: () => void;
}

/** All that is known of one step on one host. */
export function EventDrawer({ jobId, step, title, hostId, hostName, onClose }: DrawerProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(eventQuery(jobId, step, hostId));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={title ?? data?.title ?? t("job.event")}
      closeButtonProps={{ "aria-label": t("action.close") }}
      // the page's banner is that of the shell alone
      attributes={{ header: { role: "presentation" } }}
    >
      {error && <ErrorNote error={error} onRetry={() => refetch()} />}
      {!data && !error && <Rows />}
      {data && <Detail event={data} host={hostName} />}
    </Drawer>
  );
}

/** Of a result, what has been shown already. */
const SHOWN = ["msg", "said"];

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const record = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

function Detail({ event, host }: { event: JobEvent; host: string }) {
  const { t, i18n } = useTranslation();
  const now = useNow(1000);
  const result = event.result ?? {};
  const length = lengthOf(event.started_at, event.ended_at, now);
  const args = record(record(result.invocation)?.module_args);
  const warnings = [...list(result.warnings), ...list(result.deprecations)];
  const bad = event.state === "failed" || event.state === "unreachable";
  return (
    <Stack gap="md">
      <Group gap={12}>
        <ResultBadge state={event.state as ResultState} />
        <Text size="sm">{host}</Text>
        <Text size="sm" c="dimmed">
          {event.action}
          {length !== null && ` · ${spanOf(length, i18n.language)}`}
        </Text>
      </Group>
      {text(result.msg) && (
        <Text size="sm" c={bad ? "var(--mantine-color-error)" : undefined} style={{ whiteSpace: "pre-wrap" }}>
          {text(result.msg)}
        </Text>
      )}
      {warnings.map((warning) => (
        <Alert key={warning} color="orange">
          <Text size="sm">{warning}</Text>
        </Alert>
      ))}
      {event.diff && (
        <Part title={t("job.diff")}>
          <Diff text={event.diff} label={t("job.diff")} />
        </Part>
      )}
      {text(result.said) && text(result.said) !== event.diff && (
        <Part title={t("job.said")}>
          <Output lines={linesOf(text(result.said))} label={t("job.said")} />
        </Part>
      )}
      {(["stdout", "stderr"] as const).map(
        (stream) =>
          text(result[stream]) && (
            <Part key={stream} title={t(`job.stream.${stream}`)}>
              <Output lines={linesOf(text(result[stream]))} label={t(`job.stream.${stream}`)} />
            </Part>
          ),
      )}
      {args && (
        <Part title={t("job.arguments")}>
          <Code block>{JSON.stringify(args, null, 2)}</Code>
        </Part>
      )}
      {Object.keys(result).some((name) => !SHOWN.includes(name)) && (
        <Part title={t("job.wholeResult")}>
          <Code block className="event-result">
            {JSON.stringify(result, null, 2)}
          </Code>
        </Part>
      )}
    </Stack>
  );
}

const list = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [])
    .map((one) => (typeof one === "string" ? one : text(record(one)?.msg)))
    .filter(Boolean);

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h2 className="part-title">{title}</h2>
      {children}
    </section>
  );
}
