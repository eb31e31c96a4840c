import type { Message } from "./feed";

export interface Series {
  metric: string;
  instance: string;
}

export const KEEP_S = 900;

/** The last minutes of one host, second by second, in columns as charts want them. */
export class HostWindow {
  series: Series[] = [];
  times: number[] = [];
  columns: (number | null)[][] = [];
  version = 0;
  private readonly watchers = new Set<() => void>();

  constructor(readonly hostId: number) {}

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  snapshot = (): number => this.version;

  take(message: Message): void {
    if (message.host_id !== this.hostId) return;
    if (message.type === "host") {
      this.series = message.series as Series[];
      const frames = message.frames as [number, (number | null)[]][];
      this.times = frames.map(([ts]) => ts);
      this.columns = this.series.map((_, place) => frames.map(([, values]) => values[place] ?? null));
    } else if (message.type === "host.frame") {
      this.push(message.ts as number, message.values as (number | null)[]);
    } else return;
    this.version += 1;
    for (const watcher of this.watchers) watcher();
  }

  /** The column of a series, or undefined where the host has none. */
  column(metric: string, instance = ""): (number | null)[] | undefined {
    const place = this.series.findIndex((one) => one.metric === metric && one.instance === instance);
    return place < 0 ? undefined : this.columns[place];
  }

  instances(metric: string): string[] {
    return this.series.filter((one) => one.metric === metric).map((one) => one.instance);
  }

  private push(ts: number, values: (number | null)[]): void {
    if (values.length !== this.series.length || ts <= (this.times.at(-1) ?? 0)) return;
    this.times.push(ts);
    values.forEach((value, place) => {
      this.columns[place]?.push(value);
    });
    const old = this.times.findIndex((time) => time >= ts - KEEP_S);
    if (old > 60) {
      this.times.splice(0, old);
      for (const column of this.columns) column.splice(0, old);
    }
  }
}
