import type { Host } from "../api/client";
import type { Message } from "./feed";

/** The fleet as the feed tells it: a snapshot, then what changed. Rows keep their identity while they do not change. */
export class FleetStore {
  hosts: ReadonlyMap<number, Host> = new Map();
  loaded = false;
  private readonly watchers = new Set<() => void>();

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  snapshot = (): ReadonlyMap<number, Host> => this.hosts;

  take(message: Message): void {
    if (message.type === "fleet") {
      this.hosts = new Map((message.hosts as Host[]).map((host) => [host.id, host]));
      this.loaded = true;
    } else if (message.type === "fleet.delta") {
      this.hosts = merged(this.hosts, message.hosts as Partial<Host>[], (message.removed as number[]) ?? []);
    } else return;
    for (const watcher of this.watchers) watcher();
  }
}

export function merged(
  hosts: ReadonlyMap<number, Host>,
  changes: readonly Partial<Host>[],
  removed: readonly number[],
): Map<number, Host> {
  const next = new Map(hosts);
  for (const change of changes) {
    const id = change.id as number;
    const before = next.get(id);
    if (before) next.set(id, { ...before, ...change });
    else if (change.name !== undefined) next.set(id, change as Host);
  }
  for (const id of removed) next.delete(id);
  return next;
}
