import { Button, Group, Stack, Switch, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { bytes } from "../../../format/units";
import { plainText } from "../../../parts/ansi";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { differing } from "../differing";
import { isOver } from "../order";
import { ResultBadge } from "../states";
import type { Job, JobHost, OutputGroup } from "../types";
import { inOrder, mostSaid, wordOf } from "./grouping";
import { HostChips } from "./HostChips";
import { Output } from "./Output";
import { useGroups } from "./useGroups";

const SHOWN_LINES = 200;

interface GroupedProps {
  job: Job;
  hosts: readonly JobHost[];
}

/** Hosts with the same output together: where it failed first, and what others said otherwise than most marked. */
export function Grouped({ job, hosts }: GroupedProps) {
  const { t } = useTranslation();
  const { groups: every, error, retry } = useGroups(job, hosts);
  const groups = useMemo(
    () => every && inOrder(every.filter((group) => group.state !== "pending" && group.state !== "running")),
    [every],
  );
  const open = hosts.filter((host) => host.ended_at === null).length;
  const [marks, setMarks] = useState(true);
  const texts = useMemo(() => (groups ?? []).map((group) => linesOf(group.text)), [groups]);
  const most = useMemo(() => mostSaid(groups ?? []), [groups]);
  const reference = useMemo(() => (texts[most] ?? []).map(plainText), [texts, most]);
  if (error) return <ErrorNote error={error} onRetry={retry} />;
  if (!groups)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  if (groups.length === 0)
    return (
      <div className="card">
        <Empty title={t("job.nothingSaid")}>{t("job.nothingSaidText")}</Empty>
      </div>
    );
  return (
    <Stack gap="sm">
      {(groups.length > 1 || open > 0) && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {t("job.answers", { count: groups.length })}
            {open > 0 && !isOver(job.state) && ` · ${t("job.stillOpen", { count: open })}`}
          </Text>
          <Switch
            label={t("job.markDifferences")}
            checked={marks}
            onChange={(event) => setMarks(event.currentTarget.checked)}
          />
        </Group>
      )}
      {groups.map((group, place) => (
        <Card
          key={`${group.state} ${group.exit_status} ${group.digest} ${group.hosts[0]?.host_id}`}
          group={group}
          lines={texts[place] ?? []}
          reference={marks && place !== most ? reference : null}
          job={job}
        />
      ))}
    </Stack>
  );
}

/** An output as lines; the end of the last one makes no line of its own. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

interface CardProps {
  group: OutputGroup;
  lines: readonly string[];
  /** What the largest group said, to mark what differs. */
  reference: readonly string[] | null;
  job: Job;
}

function Card({ group, lines, reference, job }: CardProps) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const differs = useMemo(() => reference && differing(reference, lines.map(plainText)), [reference, lines]);
  const heading = t(wordOf(group), { count: group.hosts.length });
  const shown = whole ? lines : lines.slice(0, SHOWN_LINES);
  return (
    <section className="card output-group" data-group={group.hosts.length} aria-label={heading}>
      <header>
        <Group gap="xs" mb={6}>
          <ResultBadge state={group.state} />
          <Text size="sm" fw={550}>
            {heading}
          </Text>
          <Text size="sm" c="dimmed">
            {[
              ...(group.exit_status === null ? [] : [t("job.exit", { status: group.exit_status })]),
              ...(group.text ? [bytes(group.hosts[0]?.bytes)] : []),
            ].join(" · ")}
          </Text>
        </Group>
        <HostChips
          hosts={group.hosts.map((one) => ({ id: one.host_id, name: one.name, state: one.state }))}
          job={job.id}
        />
      </header>
      {lines.length > 0 && group.state === "unreachable" && group.hosts[0]?.note && (
        <Text size="sm" c="dimmed" px="sm" pt="sm">
          {group.hosts[0].note}
        </Text>
      )}
      {lines.length > 0 ? (
        <Output lines={shown} differs={differs ?? undefined} label={t("job.outputOf", { count: group.hosts.length })} />
      ) : (
        <Text size="sm" c="dimmed" p="sm">
          {group.hosts[0]?.note || t("job.noOutput")}
        </Text>
      )}
      {(shown.length < lines.length || group.cut) && (
        <Group gap="xs" px={12} py={8}>
          <Text size="xs" c="dimmed">
            {t("job.firstLines", { count: shown.length })} {shown.length === lines.length && t("job.cutText")}
          </Text>
          {shown.length < lines.length && (
            <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
              {t("job.showAll", { count: lines.length })}
            </Button>
          )}
        </Group>
      )}
    </section>
  );
}
