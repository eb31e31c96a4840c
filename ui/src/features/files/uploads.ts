import { api, data, Problem } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Picked } from "./drop";
import { join, wired } from "./names";
import { Meter, type Pace } from "./pace";
import { hashed, mayPass, send } from "./send";
import type { Transfer } from "./transfer";
import { sendTree, type Tree } from "./tree";

export interface Target {
  hostId: number;
  folder: string;
  asRoot: boolean;
}

export type Clash = "replace" | "rename" | "skip";

/** What this page itself knows of an upload: its files, and how fast they leave. */
export interface Own {
  sent: number;
  total: number;
  pace: Pace;
  error: string | null;
  going: boolean;
}

const SLICE = 32 * 1024 * 1024;
const AT_ONCE = 2;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000, 15_000] as const;
const TOLD_EVERY_MS = 200;

interface Job {
  own: Own;
  meter: Meter;
  stop: AbortController | null;
  told: number;
  run: (signal: AbortSignal, note: (sent: number) => void) => Promise<void>;
}

const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done, fail) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      fail(new DOMException("", "AbortError"));
    });
  });

const isAbort = (error: unknown) => error instanceof DOMException && error.name === "AbortError";
const told = () => queryClient.invalidateQueries({ queryKey: ["transfers"] });

/** The uploads of this page. They go on while the reader is on other pages; a reload leaves them waiting for their files. */
export class Uploads {
  private readonly jobs = new Map<number, Job>();
  private readonly watchers = new Set<() => void>();
  private version = 0;

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  snapshot = (): number => this.version;

  own(id: number): Own | undefined {
    return this.jobs.get(id)?.own;
  }

  /** Is anything on its way that a closed tab would stop? */
  busy(): boolean {
    return [...this.jobs.values()].some((job) => job.own.going);
  }

  /** Begins the upload of one file. Raises what the host refuses at once. */
  async file({ hostId, folder, asRoot }: Target, { file, folders }: Picked, clash: Clash): Promise<void> {
    const path = [...folders, file.name].reduce((above, name) => join(above, wired(name)), folder);
    const body = {
      path,
      size: file.size,
      mtime: Math.floor(file.lastModified / 1000),
      overwrite: clash === "skip" ? ("fail" as const) : clash,
      as_root: asRoot,
      parents: folders.length > 0,
      hash: true,
    };
    const begun = await data(
      api.POST("/api/v1/hosts/{host_id}/files/uploads", { params: { path: { host_id: hostId } }, body }),
    );
    this.take(begun, file);
  }

  /** Goes on with an upload whose file has been chosen again. */
  take(transfer: Transfer, file: File): void {
    this.add(transfer.id, file.size, transfer.done_bytes, (signal, note) =>
      this.slices(transfer.id, file, signal, note),
    );
  }

  /** Many small files as one transfer. */
  async tree(target: Target, tree: Omit<Tree, "id">): Promise<void> {
    const bytes = tree.files.reduce((sum, { file }) => sum + file.size, 0);
    const body = {
      kind: "tree" as const,
      host_id: target.hostId,
      path: target.folder,
      files: tree.files.length,
      bytes,
      as_root: target.asRoot,
      overwrite: tree.overwrite,
      to_as_root: false,
      verify: false,
    };
    const { id } = await data(api.POST("/api/v1/transfers", { body }));
    this.add(id, bytes, 0, (signal, note) => sendTree(target, { ...tree, id }, signal, note));
  }

  async pause(id: number): Promise<void> {
    this.halt(id);
    await api.POST("/api/v1/transfers/{transfer_id}/pause", { params: { path: { transfer_id: id } } });
    await told();
  }

  /** Goes on with what was paused, or has failed: there the host has paused nothing. */
  async resume(id: number): Promise<void> {
    const job = this.jobs.get(id);
    if (!job?.own.error || this.held.has(id))
      await api.POST("/api/v1/transfers/{transfer_id}/resume", { params: { path: { transfer_id: id } } });
    this.held.delete(id);
    if (job) {
      job.own = { ...job.own, error: null };
      this.next();
    }
    await told();
  }

  async cancel(id: number): Promise<void> {
    this.halt(id);
    this.jobs.delete(id);
    await api.POST("/api/v1/transfers/{transfer_id}/cancel", { params: { path: { transfer_id: id } } });
    this.next();
    await told();
  }

  private readonly held = new Set<number>();

  private halt(id: number): void {
    this.held.add(id);
    const job = this.jobs.get(id);
    job?.stop?.abort();
    job?.meter.rest();
    this.tell();
  }

  private add(id: number, total: number, sent: number, run: Job["run"]): void {
    const own: Own = { sent, total, pace: { perS: null, leftS: null }, error: null, going: false };
    this.held.delete(id);
    this.jobs.set(id, { own, meter: new Meter(), stop: null, told: 0, run });
    this.next();
    told();
  }

  /** Starts what waits, as far as there is room. */
  private next(): void {
    const going = [...this.jobs.values()].filter((job) => job.stop !== null).length;
    const waiting = [...this.jobs].filter(
      ([id, job]) => job.stop === null && job.own.error === null && !this.held.has(id),
    );
    for (const [id, job] of waiting.slice(0, Math.max(0, AT_ONCE - going))) this.start(id, job);
    this.tell();
  }

  private async start(id: number, job: Job): Promise<void> {
    const stop = new AbortController();
    job.stop = stop;
    job.own = { ...job.own, going: true };
    try {
      await job.run(stop.signal, (sent) => this.note(job, sent));
      this.jobs.delete(id);
    } catch (error) {
      const message = error instanceof Problem ? error.message : String(error);
      job.own = { ...job.own, going: false, error: isAbort(error) ? null : message };
    } finally {
      job.stop = null;
      job.own = { ...job.own, going: false };
      this.next();
      told();
    }
  }

  private note(job: Job, sent: number): void {
    const now = performance.now();
    job.meter.note(sent, now / 1000);
    job.own = { ...job.own, sent, pace: job.meter.pace(job.own.total) };
    if (now - job.told < TOLD_EVERY_MS) return;
    job.told = now;
    this.tell();
  }

  /** Slice by slice from where the host says it is; a lost connection is waited for. */
  private async slices(id: number, file: File, signal: AbortSignal, note: (sent: number) => void): Promise<void> {
    let offset = await this.where(id);
    let failures = 0;
    while (offset < file.size || file.size === 0) {
      if (file.size === 0) break;
      try {
        const from = offset;
        const slice = file.slice(from, Math.min(file.size, from + SLICE));
        const url = `/api/v1/transfers/${id}/data?offset=${from}`;
        const said = await send("PUT", url, slice, signal, (sent) => note(from + sent));
        offset = Number(said.offset);
        failures = 0;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.code === "offset_mismatch") offset = Number(error.body.offset);
        else if (mayPass(error) && failures < AGAIN_MS.length) {
          await wait(AGAIN_MS[failures++] as number, signal);
          offset = await this.where(id).catch(() => offset);
        } else throw error;
      }
      note(offset);
    }
    const hash = await hashed(file);
    await api.POST("/api/v1/transfers/{transfer_id}/finish", {
      params: { path: { transfer_id: id } },
      body: { sha256: hash, verify: true },
    });
  }

  private async where(id: number): Promise<number> {
    const { done_bytes } = await data(
      api.GET("/api/v1/transfers/{transfer_id}", { params: { path: { transfer_id: id } } }),
    );
    return done_bytes;
  }

  private tell(): void {
    this.version += 1;
    for (const watcher of this.watchers) watcher();
  }
}

export const uploads = new Uploads();

addEventListener("beforeunload", (event) => {
  if (uploads.busy()) event.preventDefault();
});
