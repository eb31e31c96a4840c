import { Button, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { bytes } from "../../../format/units";
import { useNow } from "../../../live/hooks";
import { Empty } from "../../../parts/Notices";
import { lengthOf, RESULT_STATES, spanOf } from "../order";
import { ResultBadge, ResultMark } from "../states";
import type { Job, JobHost, ResultState } from "../types";
import { MayRun } from "./MayRun";

const ROW = 37;

export function fitting(hosts: readonly JobHost[], states: readonly ResultState[], words: string): JobHost[] {
  const wanted = words.toLowerCase();
  return hosts
    .filter((one) => states.length === 0 || states.includes(one.state))
    .filter((one) => !wanted || `${one.name} ${one.note}`.toLowerCase().includes(wanted))
    .sort(
      (a, b) =>
        RESULT_STATES.indexOf(a.state) - RESULT_STATES.indexOf(b.state) ||
        a.name.localeCompare(b.name, undefined, { numeric: true }),
    );
}

interface ChoiceProps {
  hosts: readonly JobHost[];
  chosen: readonly ResultState[];
  onChoose: (states: ResultState[]) => void;
}

/** How many are in each state; a press shows those alone. */
export function StateChoice({ hosts, chosen, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  const counts = new Map<ResultState, number>();
  for (const { state } of hosts) counts.set(state, (counts.get(state) ?? 0) + 1);
  return (
    <Group gap={6}>
      {RESULT_STATES.filter((state) => counts.has(state) || chosen.includes(state)).map((state) => {
        const on = chosen.includes(state);
        return (
          <Button
            key={state}
            size="xs"
            variant={on ? "light" : "default"}
            aria-pressed={on}
            leftSection={<ResultMark state={state} size={11} />}
            onClick={() => onChoose(on ? chosen.filter((one) => one !== state) : [...chosen, state])}
          >
            {t(`result.${state}`)} {counts.get(state) ?? 0}
          </Button>
        );
      })}
    </Group>
  );
}

interface HostTableProps {
  job: Job;
  hosts: readonly JobHost[];
  phone: boolean;
}

/** What became of each host, those first that need somebody. */
export function HostTable({ job, hosts, phone }: HostTableProps) {
  const { t } = useTranslation();
  if (hosts.length === 0)
    return (
      <div className="card">
        <Empty title={t("job.noHostFits")} />
      </div>
    );
  return <Table job={job} hosts={hosts} phone={phone} />;
}

function Table({ job, hosts, phone }: HostTableProps) {
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const box = body.current?.getBoundingClientRect();
    if (box) setTop(box.top + scrollY + ROW);
  }, []);
  const now = useNow(hosts.some((one) => one.state === "running") ? 1000 : 60_000);
  const rows = useWindowVirtualizer({
    count: hosts.length,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: top,
    enabled: !phone,
    getItemKey: (place) => hosts[place]?.host_id ?? place,
  });
  const virtual = rows.getVirtualItems();
  const items = phone ? hosts.map((_, index) => ({ index })) : virtual;
  const before = !phone && virtual[0] ? virtual[0].start - top : 0;
  const after = phone ? 0 : rows.getTotalSize() - ((virtual.at(-1)?.end ?? top) - top);
  return (
    <div className="card scroll-x" ref={body}>
      <table className="grid-table stacking host-results">
        <thead>
          <tr>
            {(["host", "state", "exit", "length", "output", "note"] as const).map((name) => (
              <th key={name} className={["exit", "length", "output"].includes(name) ? "num" : undefined}>
                {t(`job.column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} />}
          {items.map(({ index }) => {
            const host = hosts[index];
            return host && <Row key={host.host_id} job={job} host={host} now={now} />;
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
      </table>
    </div>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0, border: 0 }} colSpan={6} />
    </tr>
  );
}

function Row({ job, host, now }: { job: Job; host: JobHost; now: number }) {
  const { t, i18n } = useTranslation();
  return (
    <tr data-job-host={host.name} data-result={host.state}>
      <td>
        <Link
          to="/jobs/$jobId"
          params={{ jobId: String(job.id) }}
          search={{ tab: "log", host: host.host_id }}
          className="row-link plain-link"
        >
          {host.name}
        </Link>
      </td>
      <td data-label={t("job.column.state")}>
        <ResultBadge state={host.state} />
      </td>
      <td data-label={t("job.column.exit")} className="num">
        {host.exit_status ?? "–"}
      </td>
      <td data-label={t("job.column.length")} className="num">
        {spanOf(lengthOf(host.started_at, host.ended_at, now), i18n.language)}
      </td>
      <td data-label={t("job.column.output")} className="num">
        {host.bytes ? bytes(host.bytes) : "–"}
      </td>
      <td data-label={t("job.column.note")} className="prose">
        {host.may_still_run && <MayRun />}
        {host.note && (
          <Text span size="sm" c="dimmed">
            {host.note}
          </Text>
        )}
      </td>
    </tr>
  );
}
