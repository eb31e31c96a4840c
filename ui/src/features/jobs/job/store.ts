import type { Job, JobEvent, JobHost, ResultState } from "../types";
import type { Cell, Step } from "./steps";

/** A job as the page shows it at one moment. */
export interface Watched {
  job: Job;
  /** By name. */
  hosts: readonly JobHost[];
  /** In the order in which they ran. */
  steps: readonly Step[];
  cells: ReadonlyMap<string, Cell>;
}

export const cellKey = (hostId: number, step: string): string => `${hostId} ${step}`;

/** Keeps a job up to date by what is told of it. What does not change keeps its identity. */
export class JobStore {
  private job: Job | null = null;
  private readonly hosts = new Map<number, JobHost>();
  private readonly steps = new Map<string, Step & { index: number }>();
  private readonly cells = new Map<string, Cell>();
  private shown: Watched | null = null;
  private readonly watchers = new Set<() => void>();
  /** Of the newest step that is known. */
  lastEvent = 0;

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  snapshot = (): Watched | null => this.shown;

  /** The job, and the hosts that have changed (all of them at first). */
  take(job: Job | null, hosts: readonly JobHost[], events: readonly JobEvent[] = []): void {
    if (job) this.job = job;
    for (const host of hosts) this.hosts.set(host.host_id, host);
    for (const event of events) this.add(event);
    if (!this.job) return;
    const before = this.shown;
    this.shown = {
      job: this.job,
      hosts: hosts.length || !before ? sorted(this.hosts.values()) : before.hosts,
      steps: events.length || !before ? [...this.steps.values()].sort((a, b) => a.index - b.index) : before.steps,
      cells: events.length || !before ? new Map(this.cells) : before.cells,
    };
    for (const watcher of this.watchers) watcher();
  }

  private add(event: JobEvent): void {
    this.lastEvent = Math.max(this.lastEvent, event.seq);
    if (!this.steps.has(event.step))
      this.steps.set(event.step, {
        key: event.step,
        name: event.title || event.action || event.step,
        play: event.play,
        action: event.action,
        index: event.index,
      });
    if (event.host_id === 0) return;
    const { started_at, ended_at } = event;
    this.cells.set(cellKey(event.host_id, event.step), {
      host_id: event.host_id,
      step: event.step,
      state: event.state as ResultState,
      duration_s: started_at && ended_at ? (Date.parse(ended_at) - Date.parse(started_at)) / 1000 : null,
    });
  }
}

const sorted = (hosts: Iterable<JobHost>): JobHost[] =>
  [...hosts].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
