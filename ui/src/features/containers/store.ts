import type { Message } from "../../live/feed";
import { type Container, type Engine, keyOf } from "./types";

/** As many readings are remembered of each container as a small line shows. */
const TREND = 30;

export interface Shown {
  containers: ReadonlyMap<string, Container>;
  /** Engines by host and key. */
  engines: ReadonlyMap<string, Engine>;
  loaded: boolean;
}

const NOTHING: Shown = { containers: new Map(), engines: new Map(), loaded: false };
const engineKey = (one: Engine) => `${one.host_id}/${one.key}`;

/** What one topic of the feed tells of containers: a snapshot, then what changed. */
export class ContainerStore {
  shown: Shown = NOTHING;
  private readonly trends = new Map<string, { at: number; values: number[] }>();
  private readonly watchers = new Set<() => void>();

  constructor(readonly hostId: number | null) {}

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  snapshot = (): Shown => this.shown;

  /** The last CPU readings of a container. */
  trend(key: string): readonly number[] {
    return this.trends.get(key)?.values ?? [];
  }

  take(message: Message): void {
    if ((message.host_id ?? null) !== this.hostId) return;
    const containers = message.containers as Container[];
    const engines = message.engines as Engine[];
    if (message.type === "containers") {
      this.shown = {
        containers: new Map(containers.map((one) => [keyOf(one), one])),
        engines: new Map(engines.map((one) => [engineKey(one), one])),
        loaded: true,
      };
    } else if (message.type === "containers.delta") {
      this.shown = {
        containers: changed(this.shown.containers, containers, message.removed as { host_id: number; id: string }[]),
        engines: engines.length
          ? new Map([...this.shown.engines, ...engines.map((one) => [engineKey(one), one] as const)])
          : this.shown.engines,
        loaded: true,
      };
    } else return;
    for (const one of containers) this.remember(one);
    this.tell();
  }

  /** Shows a container as an answer of the API has it, before the feed tells it. */
  put(one: Container): void {
    this.shown = { ...this.shown, containers: new Map(this.shown.containers).set(keyOf(one), one) };
    this.tell();
  }

  private remember(one: Container): void {
    const key = keyOf(one);
    const { figures } = one;
    if (figures?.cpu_percent == null) {
      if (one.state !== "running" && one.state !== "paused") this.trends.delete(key);
      return;
    }
    const known = this.trends.get(key);
    if (known && figures.at <= known.at) return;
    this.trends.set(key, { at: figures.at, values: [...(known?.values ?? []), figures.cpu_percent].slice(-TREND) });
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }
}

function changed(
  before: ReadonlyMap<string, Container>,
  containers: readonly Container[],
  removed: readonly { host_id: number; id: string }[],
): ReadonlyMap<string, Container> {
  const next = new Map(before);
  for (const one of containers) next.set(keyOf(one), one);
  for (const one of removed) next.delete(keyOf(one));
  return next;
}
