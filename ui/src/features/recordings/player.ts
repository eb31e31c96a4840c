import { type Cast, type Event, eventAfter, sizeOf } from "./cast";

/** Where a recording is shown. */
export interface Stage {
  write: (data: Uint8Array) => void;
  resize: (columns: number, rows: number) => void;
  reset: () => void;
}

const LONGEST_PAUSE_S = 1;

/** Plays a recording: the bytes that were shown, in their order and, at speed 1, in their time. */
export class Player {
  playing = false;
  speed = 1;
  skipPauses = false;
  second = 0;
  private next = 0;
  private last = 0;
  private frame = 0;

  constructor(
    readonly cast: Cast,
    private readonly stage: Stage,
    private readonly moved: () => void,
  ) {
    this.rewind();
  }

  play(): void {
    if (this.playing) return;
    if (this.second >= this.cast.durationS) this.seek(0);
    this.playing = true;
    this.last = performance.now();
    this.frame = requestAnimationFrame(this.step);
    this.moved();
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.moved();
  }

  /** Shows what was to be seen at a moment. */
  seek(second: number): void {
    const to = Math.min(Math.max(second, 0), this.cast.durationS);
    if (to < this.second) this.rewind();
    this.second = to;
    this.show(eventAfter(this.cast, to));
    this.moved();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.moved();
  }

  /** Nothing happens for long: not shown as it was. */
  setSkipping(skip: boolean): void {
    this.skipPauses = skip;
    this.moved();
  }

  private readonly step = (now: number): void => {
    if (!this.playing) return;
    const passed = ((now - this.last) / 1000) * this.speed;
    this.last = now;
    this.second = Math.min(this.second + passed, this.cast.durationS);
    const upcoming = this.cast.events[this.next];
    if (this.skipPauses && upcoming && upcoming.at - this.second > LONGEST_PAUSE_S)
      this.second = upcoming.at - LONGEST_PAUSE_S;
    this.show(eventAfter(this.cast, this.second));
    if (this.second >= this.cast.durationS) this.playing = false;
    else this.frame = requestAnimationFrame(this.step);
    this.moved();
  };

  private rewind(): void {
    this.next = 0;
    this.second = 0;
    this.stage.reset();
    this.stage.resize(this.cast.columns, this.cast.rows);
  }

  private show(upTo: number): void {
    for (; this.next < upTo; this.next++) {
      const event = this.cast.events[this.next] as Event;
      if (event.kind === "o") this.stage.write(event.bytes);
      const size = event.kind === "r" ? sizeOf(event.text) : null;
      if (size) this.stage.resize(size.columns, size.rows);
    }
  }
}
