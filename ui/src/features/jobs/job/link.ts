import type { Job, JobHost, Piece } from "../types";
import { JobStore } from "./store";

type Told =
  | { type: "job"; job: Job }
  | { type: "hosts"; hosts: JobHost[]; removed: number[]; whole: boolean }
  | { type: "output"; pieces: Piece[]; bytes: number }
  | { type: "problem"; code: string; detail: string };

/** Of whose output one wants to be told, and from which piece on. */
interface Wish {
  /** Null for everybody's. */
  hostIds: readonly number[] | null;
  after: number;
  take: (pieces: readonly Piece[]) => void;
}

const AGAIN_MS = 1500;
const RIGHT_GONE = 4401;
const NOT_THERE = 4404;

const address = (jobId: number) =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/jobs/${jobId}/live`;

/** The socket that tells of one job: as it is, then what changes, and output to who wants it. Comes back by itself. */
export class JobLink {
  readonly store = new JobStore();
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wish: Wish | null = null;
  private closed = false;

  constructor(
    private readonly jobId: number,
    private readonly onGone: () => void,
  ) {}

  open(): void {
    this.closed = false;
    const socket = new WebSocket(address(this.jobId));
    this.socket = socket;
    socket.onopen = () => this.ask();
    socket.onmessage = (event) => this.take(JSON.parse(event.data) as Told);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (event.code === RIGHT_GONE || event.code === NOT_THERE) this.onGone();
      else if (!this.closed) this.timer = setTimeout(() => this.open(), AGAIN_MS);
    };
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** Tell of output from now on; one wish at a time. Returns how to end it. */
  want(wish: Wish): () => void {
    this.wish = wish;
    this.ask();
    return () => {
      if (this.wish !== wish) return;
      this.wish = null;
      this.ask();
    };
  }

  private ask(): void {
    const { hostIds, after } = this.wish ?? { hostIds: [], after: 0 };
    this.send({ type: "watch", host_ids: hostIds, after });
  }

  private take(told: Told): void {
    if (told.type === "job") this.store.take(told.job, []);
    else if (told.type === "hosts") this.store.take(null, told.hosts);
    else if (told.type === "output") this.output(told);
  }

  private output({ pieces, bytes }: { pieces: Piece[]; bytes: number }): void {
    const wish = this.wish;
    const last = pieces.at(-1);
    if (wish && last && last.seq > wish.after) {
      // a piece that was under way when somebody began to look elsewhere is not for the new place
      wish.take(pieces.filter((piece) => piece.seq > wish.after && (wish.hostIds?.includes(piece.host_id) ?? true)));
      wish.after = last.seq;
    }
    // what has been drawn makes room for more
    requestAnimationFrame(() => this.send({ type: "credit", bytes }));
  }

  private send(wish: Record<string, unknown>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(wish));
  }
}
