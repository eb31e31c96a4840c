import { Input, Output, type Sink } from "./flow";
import { FINAL_CODES, OUTPUT, RESTORE, type Said } from "./wire";

const FLOOR_MS = 500;
const CEILING_MS = 10_000;
const PING_EVERY_MS = 3000;
/** Without a word for so long, keys wait here; and after so long the socket is given up. */
const STALLED_MS = 5000;
const GIVEN_UP_MS = 12_000;

export interface Events {
  said: (message: Said) => void;
  /** The socket is gone; it is opened again unless `final`. */
  closed: (final: boolean, code: number) => void;
  latency: (ms: number | null) => void;
}

interface Wish {
  access: "read" | "write";
  size: () => { columns: number; rows: number };
}

/** One attachment to a session: opened again when the network was away, from where it was. */
export class Link {
  readonly output: Output;
  readonly input: Input;
  private socket: WebSocket | null = null;
  private attached = false;
  private held = false;
  private over = false;
  private take = false;
  private attempts = 0;
  /** Since when an answer has been waited for; null while none is due. */
  private asked: number | null = null;
  private pings = 0;
  private readonly sent = new Map<number, number>();
  private retrying: ReturnType<typeof setTimeout> | undefined;
  private pinging: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly url: string,
    sink: Sink,
    private readonly wish: Wish,
    private readonly events: Events,
  ) {
    this.output = new Output(sink, (bytes) => this.say({ type: "ack", bytes }));
    this.input = new Input((frame) => this.sendFrame(frame));
    addEventListener("online", this.hurry);
  }

  open(take = false): void {
    if (this.socket || this.over) return;
    clearTimeout(this.retrying);
    this.take = take;
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.asked = Date.now();
    this.pinging = setInterval(() => this.ping(), PING_EVERY_MS);
    socket.onopen = () => this.introduce();
    socket.onmessage = (event) => this.socket === socket && this.hear(event.data);
    socket.onclose = (event) => this.socket === socket && this.drop(event.code);
  }

  /** Nothing is said before the host of the socket has answered to the first word, which is `attach`. */
  say(message: Record<string, unknown>): void {
    if (this.attached && this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Leaves the session to itself. */
  close(): void {
    this.over = true;
    const { socket } = this;
    this.forgetSocket();
    socket?.close();
    clearTimeout(this.retrying);
    removeEventListener("online", this.hurry);
  }

  private readonly hurry = (): void => {
    this.attempts = 0;
    if (this.socket && this.silentMs() > STALLED_MS) this.drop(4000);
    if (!this.socket && !this.over) this.open();
  };

  private silentMs(): number {
    return this.asked === null ? 0 : Date.now() - this.asked;
  }

  private introduce(): void {
    const offset = this.held ? this.output.received : null;
    const wish = { ...this.wish.size(), access: this.wish.access, offset, take: this.take };
    this.socket?.send(JSON.stringify({ type: "attach", ...wish }));
  }

  private hear(data: string | ArrayBuffer): void {
    this.asked = null;
    if (typeof data !== "string") {
      const frame = new Uint8Array(data);
      if (frame[0] === OUTPUT) this.output.take(frame.subarray(1));
      else if (frame[0] === RESTORE) this.output.restore(frame.subarray(1));
      return;
    }
    const message = JSON.parse(data) as Said;
    if (message.type === "pong") this.time(message.id);
    if (message.type === "input_ack") this.input.acknowledge(message.bytes);
    if (message.type === "reset") this.output.skip(message.offset, message.replay_to);
    if (message.type === "attached") this.begin(message);
    this.events.said(message);
    if (message.type !== "attached") return;
    this.input.begin();
    this.ping();
  }

  private begin(message: Extract<Said, { type: "attached" }>): void {
    this.output.begin(message.offset, message.replay_to, message.reset);
    this.attached = true;
    this.held = true;
    this.attempts = 0;
  }

  private drop(code: number): void {
    const { socket } = this;
    this.forgetSocket();
    socket?.close();
    const final = FINAL_CODES.includes(code);
    if (final) this.over = true;
    this.events.latency(null);
    this.events.closed(final, code);
    if (final) return;
    const wait = Math.min(CEILING_MS, FLOOR_MS * 2 ** this.attempts);
    this.attempts += 1;
    this.retrying = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
  }

  private forgetSocket(): void {
    this.socket = null;
    this.attached = false;
    this.sent.clear();
    clearInterval(this.pinging);
  }

  private ping(): void {
    const silent = this.silentMs();
    if (silent > GIVEN_UP_MS) this.drop(4000);
    else if (silent > STALLED_MS) this.events.latency(silent);
    if (!this.attached) return;
    this.asked ??= Date.now();
    this.pings += 1;
    this.sent.set(this.pings, performance.now());
    this.say({ type: "ping", id: this.pings });
  }

  private time(id: number): void {
    const since = this.sent.get(id);
    this.sent.delete(id);
    if (since !== undefined) this.events.latency(performance.now() - since);
    this.input.acknowledge(0);
  }

  private sendFrame(frame: Uint8Array<ArrayBuffer>): boolean {
    if (!this.attached || this.socket?.readyState !== WebSocket.OPEN) return false;
    if (this.silentMs() > STALLED_MS) return false;
    this.socket.send(frame);
    return true;
  }
}
