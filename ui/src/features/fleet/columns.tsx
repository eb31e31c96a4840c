import { Group, Text } from "@mantine/core";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { Host } from "../../api/client";
import { Sparkline } from "../../charts/Sparkline";
import { bits, duration, load } from "../../format/units";
import { Bar } from "../../parts/Bar";
import { StateBadge } from "../../parts/StateBadge";

export interface Column {
  key: string;
  numeric?: boolean;
  width: number;
  sortable?: boolean;
  cell: (host: Host, t: TFunction) => ReactNode;
}

export const COLUMNS: readonly Column[] = [
  { key: "state", width: 122, sortable: true, cell: (host) => <StateBadge state={host.state} /> },
  { key: "cpu", width: 82, numeric: true, sortable: true, cell: (host) => <Bar value={host.summary.cpu_percent} /> },
  {
    key: "trend",
    width: 88,
    cell: (host, t) => (
      <Sparkline values={host.summary.cpu_history ?? []} label={t("fleet.trendOf", { name: host.name })} />
    ),
  },
  {
    key: "memory",
    width: 82,
    numeric: true,
    sortable: true,
    cell: (host) => <Bar value={host.summary.memory_percent} />,
  },
  { key: "disk", width: 82, numeric: true, sortable: true, cell: (host) => <Bar value={host.summary.disk_percent} /> },
  {
    key: "network",
    width: 198,
    numeric: true,
    sortable: true,
    cell: (host) => (
      <Group gap={10} justify="flex-end" wrap="nowrap">
        <span>↓ {bits(host.summary.net_receive_bytes_per_second)}</span>
        <span>↑ {bits(host.summary.net_transmit_bytes_per_second)}</span>
      </Group>
    ),
  },
  { key: "load", width: 56, numeric: true, sortable: true, cell: (host) => load(host.summary.load1) },
  { key: "uptime", width: 78, numeric: true, sortable: true, cell: (host) => duration(host.summary.uptime_s) },
  {
    key: "os",
    width: 140,
    sortable: true,
    cell: (host) => (
      <Text size="sm" truncate title={String(host.facts.os_name ?? "")}>
        {shortName(String(host.facts.os_name ?? "–"))}
      </Text>
    ),
  },
  {
    key: "address",
    width: 150,
    sortable: true,
    cell: (host) => (
      <Text size="sm" truncate title={host.address}>
        {host.address}
      </Text>
    ),
  },
  {
    key: "tags",
    width: 150,
    cell: (host) => (
      <Text size="xs" c="dimmed" truncate title={host.tags.join(", ")}>
        {host.tags.join(", ")}
      </Text>
    ),
  },
];

/** "Debian GNU/Linux 12 (bookworm)" as "Debian 12". */
const shortName = (system: string) => system.replace("GNU/Linux ", "").replace(/ \(.*\)$/, "");

const KEY = "moorline.columns";
export const HIDDEN_AT_FIRST = ["address", "tags"];

export function hiddenColumns(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return Array.isArray(kept) ? kept.map(String) : HIDDEN_AT_FIRST;
  } catch {
    return HIDDEN_AT_FIRST;
  }
}

export function keepHidden(columns: readonly string[]): void {
  localStorage.setItem(KEY, JSON.stringify(columns));
}
