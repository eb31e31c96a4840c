import type { Host, HostState } from "../../api/client";

/** What needs somebody first. */
export const URGENCY: readonly HostState[] = [
  "key_changed",
  "down",
  "login_refused",
  "key_pending",
  "connecting",
  "up",
  "disabled",
];
/** States in which a host needs somebody. */
export const TROUBLED: readonly HostState[] = ["key_changed", "down", "login_refused", "key_pending"];
const TROUBLE: ReadonlySet<HostState> = new Set(TROUBLED);

export function problems(hosts: Iterable<Host>): Host[] {
  return [...hosts].filter((host) => TROUBLE.has(host.state));
}

export function isTrouble(state: HostState): boolean {
  return TROUBLE.has(state);
}

type Read = (host: Host) => string | number | null | undefined;

export const READ: Record<string, Read> = {
  name: (host) => host.name,
  address: (host) => host.address,
  state: (host) => URGENCY.indexOf(host.state),
  cpu: (host) => host.summary.cpu_percent,
  memory: (host) => host.summary.memory_percent,
  disk: (host) => host.summary.disk_percent,
  network: (host) =>
    host.summary.net_receive_bytes_per_second == null
      ? null
      : host.summary.net_receive_bytes_per_second + (host.summary.net_transmit_bytes_per_second ?? 0),
  load: (host) => host.summary.load1,
  uptime: (host) => host.summary.uptime_s,
  os: (host) => (typeof host.facts.os_name === "string" ? host.facts.os_name : null),
};

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Sorted by a column ("-cpu": descending); troubled hosts stay on top unless the state itself is the order. */
export function ordered(hosts: readonly Host[], sort: string): Host[] {
  const backwards = sort.startsWith("-");
  const column = backwards ? sort.slice(1) : sort;
  const read = READ[column] ?? READ.name;
  const urgent = column !== "state";
  return [...hosts].sort((a, b) => {
    if (urgent) {
      const gap = Number(isTrouble(b.state)) - Number(isTrouble(a.state));
      if (gap !== 0) return gap;
    }
    const left = read?.(a);
    const right = read?.(b);
    if (left == null || right == null) {
      if (left == null && right == null) return collator.compare(a.name, b.name);
      return left == null ? 1 : -1;
    }
    const gap =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : collator.compare(String(left), String(right));
    return (backwards ? -gap : gap) || collator.compare(a.name, b.name);
  });
}

export interface Filter {
  q?: string;
  group?: number[];
  tag?: string[];
  state?: HostState[];
}

/** Does the host fit everything but the state? Tiles count by this. */
export function fits(host: Host, filter: Filter, groupNames: ReadonlyMap<number, string>): boolean {
  if (filter.group?.length && !filter.group.some((id) => host.group_ids.includes(id))) return false;
  if (filter.tag?.length && !filter.tag.every((tag) => host.tags.includes(tag))) return false;
  const words = filter.q?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  if (words.length === 0) return true;
  const names = host.group_ids.map((id) => groupNames.get(id) ?? "");
  const addresses = Array.isArray(host.facts.addresses) ? host.facts.addresses : [];
  const text = [host.name, host.address, host.username, host.facts.os_name, host.facts.hostname]
    .concat(host.tags, names, addresses)
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
