import { Text } from "@mantine/core";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { Host } from "../../api/client";
import { Sparkline } from "../../charts/Sparkline";
import { duration, load, megas, type Reader, rate } from "../../format/units";
import { Bar } from "../../parts/Bar";
import { StateBadge } from "../../parts/StateBadge";
import { Since } from "../../parts/When";
import { Marked } from "./Marked";
import { isTrouble } from "./order";

/** For whom a cell is drawn. */
export interface Eyes extends Reader {
  t: TFunction;
  /** What was searched for. */
  words: string;
  groups: ReadonlyMap<number, string>;
  discreet: (secret: string) => string;
}

export interface Column {
  key: string;
  numeric?: boolean;
  width: number;
  sortable?: boolean;
  /** A reading: of a host that is in trouble there is none, and its reason stands there instead. */
  reading?: boolean;
  cell: (host: Host, eyes: Eyes) => ReactNode;
}

export const NAME_WIDTH = 170;
export const LEAST_WIDTH = 56;

export const COLUMNS: readonly Column[] = [
  { key: "state", width: 150, sortable: true, cell: (host) => <State host={host} /> },
  share("cpu", (host) => host.summary.cpu_percent),
  {
    key: "trend",
    width: 104,
    reading: true,
    cell: (host, { t }) => (
      <Sparkline values={host.summary.cpu_history ?? []} label={t("fleet.trendOf", { name: host.name })} />
    ),
  },
  share("memory", (host) => host.summary.memory_percent, 96),
  share("disk", (host) => host.summary.disk_percent),
  {
    key: "network",
    width: 140,
    numeric: true,
    sortable: true,
    reading: true,
    cell: (host, { rates }) => (
      <span className="two-ways">
        <Way sign="↓" value={host.summary.net_receive_bytes_per_second} rates={rates} />
        <Way sign="↑" value={host.summary.net_transmit_bytes_per_second} rates={rates} />
      </span>
    ),
  },
  {
    key: "load",
    width: 60,
    numeric: true,
    sortable: true,
    reading: true,
    cell: (host) => load(host.summary.load1),
  },
  {
    key: "uptime",
    width: 92,
    numeric: true,
    sortable: true,
    reading: true,
    cell: (host, { language }) => duration(host.summary.uptime_s, language),
  },
  text("os", 112, (host) => String(host.facts.os_name ?? "–"), shortName),
  {
    key: "address",
    width: 150,
    sortable: true,
    cell: (host, { discreet, words }) => <Line text={discreet(host.address)} words={words} />,
  },
  {
    key: "groups",
    width: 130,
    cell: (host, { groups, words }) => (
      <Line text={host.group_ids.map((id) => groups.get(id) ?? "").join(", ")} words={words} />
    ),
  },
  text("tags", 130, (host) => host.tags.join(", ")),
];

export const HIDDEN_AT_FIRST: readonly string[] = ["address", "groups", "tags"];

function share(key: string, read: (host: Host) => number | null | undefined, width = 84): Column {
  return { key, width, numeric: true, sortable: true, reading: true, cell: (host) => <Bar value={read(host)} /> };
}

function text(
  key: string,
  width: number,
  read: (host: Host) => string,
  short: (value: string) => string = (value) => value,
): Column {
  return {
    key,
    width,
    sortable: key === "os",
    cell: (host, { words }) => <Line text={short(read(host))} title={read(host)} words={words} />,
  };
}

function Line({ text: value, title = value, words }: { text: string; title?: string; words: string }) {
  return (
    <Text size="sm" truncate title={title}>
      <Marked text={value} words={words} />
    </Text>
  );
}

function State({ host }: { host: Host }) {
  return (
    <span className="state-cell">
      <StateBadge state={host.state} />
      {isTrouble(host.state) && (
        <Text span size="xs" c="dimmed">
          <Since at={host.state_since} />
        </Text>
      )}
    </span>
  );
}

function Way({ sign, value, rates }: { sign: string; value: number | null | undefined; rates: Reader["rates"] }) {
  return (
    <span title={rate(value, rates)}>
      <Text span size="xs" c="dimmed">
        {sign}{" "}
      </Text>
      {megas(value, rates)}
    </span>
  );
}

/** "Debian GNU/Linux 12 (bookworm)" as "Debian 12". */
function shortName(system: string): string {
  return system.replace("GNU/Linux ", "").replace(/ \(.*\)$/, "");
}
