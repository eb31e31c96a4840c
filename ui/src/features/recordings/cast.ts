// biome-ignore-all lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
/** Recordings in the form of asciicast version 2, the data as base64 of the exact bytes. Pure. */

export interface Event {
  /** Seconds after the beginning. */
  at: number;
  kind: "o" | "i" | "r" | "m";
  /** Of "o" and "i". */
  bytes: Uint8Array;
  /** Of "r" (columns × rows) and "m". */
  text: string;
}

export interface Cast {
  columns: number;
  rows: number;
  events: Event[];
  durationS: number;
}

const NOTHING = new Uint8Array();

export const emptyCast = (): Cast => ({ columns: 80, rows: 24, events: [], durationS: 0 });

/** Takes one line into a recording; a line that was cut off in the middle says nothing. */
export function takeLine(cast: Cast, line: string): void {
  if (line.trim() === "") return;
  let told: unknown;
  try {
    told = JSON.parse(line);
  } catch {
    return;
  }
  if (Array.isArray(told)) takeEvent(cast, told);
  else takeHeader(cast, told as Record<string, unknown> | null);
}

function takeEvent(cast: Cast, [at, kind, data]: unknown[]): void {
  if (typeof at !== "number" || typeof data !== "string") return;
  if (kind !== "o" && kind !== "i" && kind !== "r" && kind !== "m") return;
  const bytes = kind === "o" || kind === "i" ? fromBase64(data) : NOTHING;
  cast.events.push({ at: Math.max(at, cast.durationS), kind, bytes, text: bytes === NOTHING ? data : "" });
  cast.durationS = Math.max(at, cast.durationS);
}

function takeHeader(cast: Cast, header: Record<string, unknown> | null): void {
  if (typeof header?.width === "number") cast.columns = header.width;
  if (typeof header?.height === "number") cast.rows = header.height;
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return NOTHING;
  }
}

/** "120x40"; null for what is no size. */
export function sizeOf(text: string): { columns: number; rows: number } | null {
  const found = /^(\d{1,4})x(\d{1,4})$/.exec(text);
  if (!found) return null;
  const [columns, rows] = [Number(found[1]), Number(found[2])];
  return columns >= 2 && rows >= 1 ? { columns: Math.min(columns, 1000), rows: Math.min(rows, 500) } : null;
}

const ESCAPES =
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x00-\x09\x0b-\x1f\x7f]/g;

/** All that was shown as one text without colours and moves, and where in it each piece of output begins. */
export interface Words {
  text: string;
  starts: number[];
  events: number[];
}

export function wordsOf(cast: Cast): Words {
  const reader = new TextDecoder();
  const words: Words = { text: "", starts: [], events: [] };
  const parts: string[] = [];
  let length = 0;
  cast.events.forEach((event, at) => {
    if (event.kind !== "o") return;
    const text = reader.decode(event.bytes, { stream: true }).replace(ESCAPES, "");
    words.starts.push(length);
    words.events.push(at);
    parts.push(text);
    length += text.length;
  });
  words.text = parts.join("").toLowerCase();
  return words;
}

const MOST_FOUND = 500;

/** The moments at which something was shown that has these words in it, in seconds. */
export function momentsOf(cast: Cast, words: Words, sought: string): number[] {
  const found: number[] = [];
  const needle = sought.toLowerCase();
  if (needle === "") return found;
  for (let at = words.text.indexOf(needle); at >= 0; at = words.text.indexOf(needle, at + needle.length)) {
    const moment = cast.events[words.events[pieceAt(words.starts, at + needle.length - 1)] as number]?.at ?? 0;
    if (found.at(-1) !== moment) found.push(moment);
    if (found.length >= MOST_FOUND) break;
  }
  return found;
}

/** The last piece that begins at or before a place. */
function pieceAt(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first event after a moment. */
export function eventAfter(cast: Cast, second: number): number {
  let [low, high] = [0, cast.events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cast.events[middle] as Event).at <= second) low = middle + 1;
    else high = middle;
  }
  return low;
}
