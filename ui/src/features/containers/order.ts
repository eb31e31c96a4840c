import type { Container, State } from "./types";

export const STATES: readonly State[] = ["running", "restarting", "paused", "created", "exited", "dead", "removing"];

type Read = (one: Container) => string | number | null | undefined;

const total = (a: number | null | undefined, b: number | null | undefined) =>
  a == null && b == null ? null : (a ?? 0) + (b ?? 0);

export const READ: Record<string, Read> = {
  name: (one) => one.name,
  state: (one) => (isTrouble(one) ? -1 : STATES.indexOf(one.state)),
  host: (one) => one.host_name,
  image: (one) => one.image,
  cpu: (one) => one.figures?.cpu_percent,
  memory: (one) => one.figures?.memory_bytes,
  network: (one) => total(one.figures?.net_receive_bytes_per_second, one.figures?.net_transmit_bytes_per_second),
  uptime: (one) => (one.state === "running" && one.started_at ? Date.now() - Date.parse(one.started_at) : null),
};

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Does somebody have to look at it? */
export function isTrouble(one: Container): boolean {
  if (one.health === "unhealthy" || one.state === "restarting" || one.state === "dead") return true;
  return one.state === "exited" && (one.oom_killed || (one.exit_code ?? 0) !== 0) && one.restart_policy !== "no";
}

export function ordered(containers: readonly Container[], sort: string): Container[] {
  const backwards = sort.startsWith("-");
  const read = READ[backwards ? sort.slice(1) : sort] ?? (READ.name as Read);
  const byName = (a: Container, b: Container) =>
    collator.compare(a.name, b.name) || collator.compare(a.host_name, b.host_name);
  return [...containers].sort((a, b) => {
    const left = read(a);
    const right = read(b);
    if (left == null || right == null) return left == null && right == null ? byName(a, b) : left == null ? 1 : -1;
    const gap =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : collator.compare(String(left), String(right));
    return (backwards ? -gap : gap) || byName(a, b);
  });
}

export interface Filter {
  q?: string;
  state?: State[];
  host?: number[];
  image?: string[];
  project?: string[];
}

/** Without its tag and its digest: containers of one image in several versions belong together. */
export const imageName = (image: string): string => image.replace(/@sha256:.*$/, "").replace(/:[^:/]*$/, "");

/** Does it fit everything but the state? The counts beside the states go by this. */
export function fits(one: Container, filter: Filter): boolean {
  if (filter.host?.length && !filter.host.includes(one.host_id)) return false;
  if (filter.image?.length && !filter.image.includes(imageName(one.image))) return false;
  if (filter.project?.length && !filter.project.includes(one.project ?? "")) return false;
  const words = filter.q?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  if (words.length === 0) return true;
  const text = [one.name, one.image, one.host_name, one.project, one.service, one.id]
    .concat(one.ports.map((port) => String(port.public ?? port.private)))
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

export interface Group {
  /** Nothing: containers that stand alone. */
  project: string | null;
  hostId: number;
  hostName: string;
  containers: Container[];
}

/** Compose projects of each host as groups, in the order of their first container; those that stand alone come last. */
export function grouped(containers: readonly Container[]): Group[] {
  const groups = new Map<string, Group>();
  const alone: Group = { project: null, hostId: 0, hostName: "", containers: [] };
  for (const one of containers) {
    if (one.project === null) {
      alone.containers.push(one);
      continue;
    }
    const key = `${one.host_id}/${one.project}`;
    const known = groups.get(key);
    if (known) known.containers.push(one);
    else groups.set(key, { project: one.project, hostId: one.host_id, hostName: one.host_name, containers: [one] });
  }
  return alone.containers.length ? [...groups.values(), alone] : [...groups.values()];
}
