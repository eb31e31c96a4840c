import { ACK_EVERY, KEY_CREDIT, KEYS, MOST_KEYS } from "./wire";

/** Where output is written: xterm.js, or what a test has in its place. */
export interface Sink {
  write: (data: Uint8Array, done: () => void) => void;
  reset: () => void;
}

/** Cuts a sequence and a character that were left half written; the rest of a stream does not belong to them. */
const CANCEL = Uint8Array.of(0x18);

/**
 * The way of output: what has come, what has been written, and what the controller is told of it. Nothing is written
 * twice, and what was written under an earlier socket is never acknowledged to a later one.
 */
export class Output {
  /** Up to where output has come, and up to where it has been written. */
  received = 0;
  written = 0;
  private replayTo = 0;
  private epoch = 0;
  private queued = 0;
  private unsaid = 0;

  constructor(
    private readonly sink: Sink,
    private readonly say: (bytes: number) => void,
  ) {}

  /** A new socket: output goes on at an offset, on a screen that is empty if `fresh`. */
  begin(offset: number, replayTo: number, fresh: boolean): void {
    this.epoch += 1;
    this.unsaid = 0;
    this.queued = 0;
    if (fresh) this.skip(offset, replayTo);
    this.received = offset;
    this.replayTo = replayTo;
  }

  /** The same socket goes on further ahead, on an empty screen. */
  skip(offset: number, replayTo: number): void {
    this.received = offset;
    this.replayTo = replayTo;
    // in its turn: what stands in the queue is still written before
    this.sink.write(CANCEL, () => {
      this.written = offset;
      this.sink.reset();
    });
  }

  /** Modes and colours at the cut; counts for nothing. */
  restore(data: Uint8Array): void {
    this.sink.write(data, () => undefined);
  }

  take(data: Uint8Array): void {
    const old = Math.min(data.length, Math.max(0, this.replayTo - this.received));
    if (old > 0) this.put(data.subarray(0, old));
    if (old < data.length) this.put(data.subarray(old));
  }

  /** What the terminal says by itself now belongs to output that is long past. */
  get replaying(): boolean {
    return this.written < this.replayTo;
  }

  private put(data: Uint8Array): void {
    const { epoch } = this;
    this.received += data.length;
    const upTo = this.received;
    this.queued += 1;
    this.sink.write(data, () => {
      this.written = Math.max(this.written, upTo);
      if (epoch !== this.epoch) return;
      this.queued -= 1;
      this.unsaid += data.length;
      if (this.unsaid >= ACK_EVERY || this.queued === 0) {
        this.say(this.unsaid);
        this.unsaid = 0;
      }
    });
  }
}

const MOST_WAITING = 8 * 1024 * 1024;

/** The way of keys: in frames, no more than the host has room for; the rest waits here. */
export class Input {
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private unacknowledged = 0;

  constructor(private readonly send: (frame: Uint8Array<ArrayBuffer>) => boolean) {}

  /** False when there is no room for it: nothing of it is sent then. */
  put(data: Uint8Array): boolean {
    if (this.waitingBytes + data.length > MOST_WAITING) return false;
    this.waiting.push(data);
    this.waitingBytes += data.length;
    this.flush();
    return true;
  }

  acknowledge(bytes: number): void {
    this.unacknowledged = Math.max(0, this.unacknowledged - bytes);
    this.flush();
  }

  /** A new socket: whether what the old one took has arrived nobody knows, and a command is not given twice. */
  begin(): void {
    this.unacknowledged = 0;
    this.flush();
  }

  forget(): void {
    this.waiting = [];
    this.waitingBytes = 0;
  }

  get held(): number {
    return this.waitingBytes;
  }

  private flush(): void {
    while (this.waiting.length > 0) {
      const first = this.waiting[0] as Uint8Array;
      const room = Math.min(MOST_KEYS, KEY_CREDIT - this.unacknowledged, first.length);
      if (room <= 0) return;
      const frame = new Uint8Array(room + 1);
      frame[0] = KEYS;
      frame.set(first.subarray(0, room), 1);
      if (!this.send(frame)) return;
      this.unacknowledged += room;
      this.waitingBytes -= room;
      if (room === first.length) this.waiting.shift();
      else this.waiting[0] = first.subarray(room);
    }
  }
}
