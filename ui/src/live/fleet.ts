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

  /** Shows hosts as they will be once the controller has done what it was asked to. Returns how to take that back. */
  expect(ids: readonly number[], enabled: boolean): () => void {
    const before = this.hosts;
    const state = enabled ? "connecting" : "disabled";
    this.show(
      merged(
        before,
        ids.map((id) => ({ id, enabled, state })),
        [],
      ),
    );
    return () => {
      const were = ids.flatMap((id) => before.get(id) ?? []);
      this.show(merged(this.hosts, were, []));
    };
  }

  take(message: Message): void {
    if (message.type === "fleet") {
      this.loaded = true;
      this.show(new Map((message.hosts as Host[]).map((host) => [host.id, host])));
    } else if (message.type === "fleet.delta") {
      this.show(merged(this.hosts, message.hosts as Partial<Host>[], (message.removed as number[]) ?? []));
    }
  }

  private show(hosts: ReadonlyMap<number, Host>): void {
    this.hosts = hosts;
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
