import { type Ask, newPane, type Pane } from "./layout";

/** What a link to the terminal page asks for: one host, many in a grid, or a session that exists. */
export interface TerminalSearch {
  host?: number;
  hosts?: number[];
  session?: string;
  kind?: Ask["kind"];
  container?: string;
  engine?: "docker" | "podman";
}

const MOST = 40;
const asId = (value: unknown): number | undefined =>
  Number.isInteger(value) && (value as number) > 0 ? (value as number) : undefined;

export function terminalSearch(search: Record<string, unknown>): TerminalSearch {
  const { host, hosts, session, kind, container, engine } = search;
  const many = Array.isArray(hosts) ? hosts.map(asId).filter((id) => id !== undefined) : undefined;
  return {
    host: asId(host),
    hosts: many?.slice(0, MOST),
    session: typeof session === "string" || typeof session === "number" ? String(session) : undefined,
    kind: kind === "root" || kind === "container" ? kind : undefined,
    container: typeof container === "string" && container !== "" ? container : undefined,
    engine: engine === "docker" || engine === "podman" ? engine : undefined,
  };
}

/** The panes that a link opens. */
export function asked({ host, hosts, kind, container, engine }: TerminalSearch): Pane[] {
  if (hosts) return [...new Set(hosts)].map((id) => newPane(id));
  if (host === undefined) return [];
  if (container) return [newPane(host, { ask: { kind: "container", container, engine: engine ?? "docker" } })];
  return [newPane(host, { ask: { kind: kind === "root" ? "root" : "shell" } })];
}

const LEAST_WIDTH = 240;

/** As many panes as have room beside each other. */
export const sideBySide = (): number => Math.max(1, Math.floor(innerWidth / LEAST_WIDTH));
