/** Which metrics stand in which chart. `name` is the caption's key in the catalogue. */
export interface Panel {
  name: string;
  /** Metrics in the order of their colours; each instance is a line of its own. */
  metrics: readonly string[];
  tab: "overview" | "cpu" | "network" | "disks";
  /** A chart for each instance instead of one for all. */
  split?: boolean;
  /** These are parts of a whole and stand on each other. */
  stacked?: readonly string[];
  /** Nothing is drawn where this one is zero all the time. */
  needs?: string;
  /** Only the interfaces that count as the host's traffic. */
  counted?: boolean;
}

export const PANELS: readonly Panel[] = [
  {
    name: "cpu",
    tab: "overview",
    metrics: ["cpu_percent", "cpu_user_percent", "cpu_system_percent", "cpu_iowait_percent", "cpu_steal_percent"],
    stacked: ["cpu_user_percent", "cpu_system_percent", "cpu_iowait_percent", "cpu_steal_percent"],
  },
  {
    name: "memory",
    tab: "overview",
    metrics: ["memory_total_bytes", "memory_used_bytes", "memory_cached_bytes"],
    stacked: ["memory_used_bytes", "memory_cached_bytes"],
  },
  { name: "load", tab: "overview", metrics: ["load1", "load5", "load15"] },
  {
    name: "traffic",
    tab: "overview",
    counted: true,
    metrics: ["net_receive_bytes_per_second", "net_transmit_bytes_per_second"],
  },
  { name: "diskThroughput", tab: "overview", metrics: ["disk_read_bytes_per_second", "disk_write_bytes_per_second"] },
  { name: "filesystems", tab: "overview", metrics: ["filesystem_used_percent"] },
  { name: "swap", tab: "overview", needs: "swap_total_bytes", metrics: ["swap_total_bytes", "swap_used_bytes"] },
  { name: "sockets", tab: "overview", metrics: ["tcp_socket_count", "udp_socket_count", "tcp_time_wait_count"] },
  { name: "processCount", tab: "overview", metrics: ["process_count", "thread_count"] },
  { name: "temperature", tab: "overview", metrics: ["temperature_celsius"] },
  {
    name: "core",
    tab: "cpu",
    split: true,
    stacked: ["cpu_core_user_percent", "cpu_core_system_percent", "cpu_core_iowait_percent", "cpu_core_steal_percent"],
    metrics: [
      "cpu_core_percent",
      "cpu_core_user_percent",
      "cpu_core_system_percent",
      "cpu_core_iowait_percent",
      "cpu_core_steal_percent",
    ],
  },
  {
    name: "interfaceTraffic",
    tab: "network",
    split: true,
    metrics: ["net_receive_bytes_per_second", "net_transmit_bytes_per_second"],
  },
  {
    name: "interfacePackets",
    tab: "network",
    split: true,
    metrics: ["net_receive_packets_per_second", "net_transmit_packets_per_second"],
  },
  {
    name: "interfaceErrors",
    tab: "network",
    split: true,
    metrics: [
      "net_receive_errors_per_second",
      "net_transmit_errors_per_second",
      "net_receive_drops_per_second",
      "net_transmit_drops_per_second",
    ],
  },
  {
    name: "diskThroughput",
    tab: "disks",
    split: true,
    metrics: ["disk_read_bytes_per_second", "disk_write_bytes_per_second"],
  },
  { name: "diskRequests", tab: "disks", split: true, metrics: ["disk_reads_per_second", "disk_writes_per_second"] },
  { name: "diskUse", tab: "disks", split: true, metrics: ["disk_utilisation_percent"] },
  { name: "diskWait", tab: "disks", split: true, metrics: ["disk_await_milliseconds"] },
];

export interface PlainSeries {
  metric: string;
  instance: string;
  avg: readonly (number | null)[];
  max?: readonly (number | null)[] | null;
}

/** The charts of a panel: for each instance one, or one in all; those without any figure are left out. */
export function chartsOf(
  panel: Panel,
  series: readonly PlainSeries[],
  counts: (instance: string) => boolean,
): { key: string; instance: string; series: PlainSeries[] }[] {
  const mine = series
    .filter((one) => panel.metrics.includes(one.metric) && one.avg.some((value) => value !== null))
    .filter((one) => !panel.counted || counts(one.instance))
    .sort(
      (a, b) =>
        a.instance.localeCompare(b.instance, undefined, { numeric: true }) ||
        panel.metrics.indexOf(a.metric) - panel.metrics.indexOf(b.metric),
    );
  if (panel.needs && !mine.some((one) => one.metric === panel.needs && one.avg.some(Boolean))) return [];
  if (!panel.split) return mine.length ? [{ key: panel.name, instance: "", series: mine }] : [];
  const instances = [...new Set(mine.map((one) => one.instance))];
  return instances.map((instance) => ({
    key: `${panel.name}/${instance}`,
    instance,
    series: mine.filter((one) => one.instance === instance),
  }));
}
