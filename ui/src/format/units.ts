/** Numbers as people read them: two or three significant digits, the unit beside them. */

const DASH = "–";

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || value === Math.round(value)) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let size = value;
  let step = 0;
  while (Math.abs(size) >= base && step < units.length - 1) {
    size /= base;
    step += 1;
  }
  return `${digits(size)} ${units[step]}`;
}

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const BITS = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
const BYTE_RATES = ["B/s", "kB/s", "MB/s", "GB/s"];

export type Figure = number | null | undefined;

export function bytes(value: Figure): string {
  return value == null ? DASH : scaled(value, 1024, BINARY);
}

/** How network rates are told: in bits as vendors count, or in bytes. */
export type Rates = "bits" | "bytes";

/** Bytes a second of a network, in the unit that the reader prefers. */
export function rate(value: Figure, rates: Rates = "bits"): string {
  if (value == null) return DASH;
  return rates === "bytes" ? byteRate(value) : scaled(value * 8, 1000, BITS);
}

/** The same in Mbit/s or MB/s alone, for a column whose head names the unit. */
export function megas(value: Figure, rates: Rates = "bits"): string {
  if (value == null) return DASH;
  const size = (rates === "bytes" ? value : value * 8) / 1e6;
  if (size > 0 && size < 0.01) return "<0.01";
  if (size === 0) return "0";
  return size >= 100 ? size.toFixed(0) : size >= 10 ? size.toFixed(1) : size.toFixed(2);
}

export function byteRate(value: Figure): string {
  return value == null ? DASH : scaled(value, 1000, BYTE_RATES);
}

export function percent(value: Figure): string {
  if (value == null) return DASH;
  return value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0);
}

export function plain(value: Figure): string {
  return value == null ? DASH : digits(value);
}

export function load(value: Figure): string {
  return value == null ? DASH : value.toFixed(2);
}

const SPANS = [86_400, 3600, 60, 1] as const;
const LETTERS: Record<string, readonly string[]> = {
  en: ["d", "h", "m", "s"],
  "zh-CN": ["天", "小时", "分", "秒"],
};

/** A length of time in its largest units, two at the most, as "3d 4h". */
export function duration(seconds: Figure, language = "en", most = 2): string {
  if (seconds == null) return DASH;
  const letters = LETTERS[language] ?? (LETTERS.en as readonly string[]);
  let rest = Math.max(0, Math.floor(seconds));
  const counts = SPANS.map((span) => {
    const count = Math.floor(rest / span);
    rest -= count * span;
    return count;
  });
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return `0${letters[3]}`;
  return counts
    .map((count, place) => (count > 0 ? `${count}${letters[place]}` : ""))
    .slice(first, first + most)
    .filter(Boolean)
    .join(language === "en" ? " " : "");
}

export interface Reader {
  language: string;
  rates: Rates;
}

/** A metric's value in the unit that its spec declares. */
export function figure(value: Figure, unit: string, table = "", reader?: Reader): string {
  switch (unit) {
    case "percent":
      return value == null ? DASH : `${percent(value)} %`;
    case "bytes":
      return bytes(value);
    case "bytes_per_second":
      return table === "network" ? rate(value, reader?.rates) : byteRate(value);
    case "per_second":
      return value == null ? DASH : `${digits(value)}/s`;
    case "milliseconds":
      return value == null ? DASH : `${digits(value)} ms`;
    case "seconds":
      return duration(value, reader?.language);
    case "celsius":
      return value == null ? DASH : `${digits(value)} °C`;
    case "load":
      return load(value);
    default:
      return plain(value);
  }
}

/** "3 minutes ago" in the reader's language. */
export function ago(iso: string | null | undefined, language: string, now = Date.now()): string {
  if (!iso) return DASH;
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const size = Math.abs(seconds);
  if (size < 60) return format.format(seconds, "second");
  if (size < 3600) return format.format(Math.round(seconds / 60), "minute");
  if (size < 86400) return format.format(Math.round(seconds / 3600), "hour");
  return format.format(Math.round(seconds / 86400), "day");
}

/** The exact moment in the reader's zone. */
export function exact(iso: string | null | undefined, language: string): string {
  return iso ? new Date(iso).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" }) : DASH;
}

/** A moment to the minute, in the reader's zone. */
export function minute(iso: string, language: string): string {
  return new Date(iso).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

/** The time of day of a moment in epoch seconds; with the day where it is not today's. */
export function moment(seconds: number, now = Date.now()): string {
  const at = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  if (at.toDateString() === new Date(now).toDateString()) return time;
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** A moment in one line that lines up in columns: year to second, on a clock of 24 hours. */
export function stamp(iso: string, language: string): string {
  return new Date(iso).toLocaleString(language === "en" ? "en-GB" : language, {
    year: "numeric",
    month: "short",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}
