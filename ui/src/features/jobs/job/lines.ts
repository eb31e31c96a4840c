import type { LogLine } from "../../../parts/LogLines";
import type { Piece } from "../types";

/** More lines than this are not kept in the page; the download has them all. */
export const MOST_LINES = 50_000;
const DROP_AT = MOST_LINES + 5000;

export interface OutputLine extends LogLine {
  host: number;
}

interface Open {
  line: OutputLine;
  error: boolean;
}

/** What is drawn of a line that a program wrote over, such as a progress bar: what stood there last. */
function overwritten(text: string): string {
  const trimmed = text.endsWith("\r") ? text.slice(0, -1) : text;
  const last = trimmed.lastIndexOf("\r");
  return last < 0 ? trimmed : trimmed.slice(last + 1);
}

/** Output as lines, in the order in which it arrived. A line that has not ended is there, and grows. */
export class Lines {
  lines: OutputLine[] = [];
  /** Lines that were let go from the beginning. */
  dropped = 0;
  private next = 0;
  private readonly open = new Map<number, Open>();

  /** `name`: what stands before each line, where several hosts are shown together. */
  constructor(private readonly name: (hostId: number) => string | undefined) {}

  /** Pieces have to come in the order of their numbers. */
  take(pieces: readonly Piece[]): void {
    if (pieces.length === 0) return;
    const made = [...this.lines];
    for (const piece of pieces)
      piece.runs.forEach((text, turn) => {
        if (text) this.add(made, piece.host_id, text, turn % 2 === 1);
      });
    if (made.length > DROP_AT) {
      const over = made.length - MOST_LINES;
      made.splice(0, over);
      this.dropped += over;
    }
    this.lines = made;
  }

  /** All anew, such as when what was before has been read as well. */
  again(pieces: readonly Piece[]): void {
    this.lines = [];
    this.open.clear();
    this.take(pieces);
  }

  private add(made: OutputLine[], host: number, text: string, error: boolean): void {
    const parts = text.split("\n");
    const begun = this.open.get(host);
    this.open.delete(host);
    if (begun?.error === error) {
      const ended = parts.length > 1;
      const joined = begun.line.text + parts.shift();
      const whole = { ...begun.line, text: ended ? overwritten(joined) : joined };
      const place = made.lastIndexOf(begun.line);
      if (place >= 0) made[place] = whole;
      if (!ended) this.open.set(host, { line: whole, error });
    }
    parts.forEach((part, place) => {
      const last = place === parts.length - 1;
      if (last && part === "") return;
      const line: OutputLine = {
        key: this.next++,
        host,
        text: last ? part : overwritten(part),
        stamp: this.name(host),
        error,
      };
      made.push(line);
      if (last) this.open.set(host, { line, error });
    });
  }
}
