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

/** Bytes a second of a network, shown in bits as vendors count. */
export function bits(value: Figure): string {
  return value == null ? DASH : scaled(value * 8, 1000, BITS);
}

export function byteRate(value: Figure): string {
  return value == null ? DASH : scaled(value, 1000, BYTE_RATES);
}

export function percent(value: Figure): string {
  if (value == null) return DASH;
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

export function plain(value: Figure): string {
  return value == null ? DASH : digits(value);
}

export function load(value: Figure): string {
  return value == null ? DASH : value.toFixed(2);
}

/** A length of time in its two largest units, as "3d 4h". */
export function duration(seconds: Figure): string {
  if (seconds == null) return DASH;
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** A metric's value in the unit that its spec declares. */
export function figure(value: Figure, unit: string, table = ""): string {
  switch (unit) {
    case "percent":
      return value == null ? DASH : `${percent(value)} %`;
    case "bytes":
      return bytes(value);
    case "bytes_per_second":
      return table === "network" ? bits(value) : byteRate(value);
    case "per_second":
      return value == null ? DASH : `${digits(value)}/s`;
    case "milliseconds":
      return value == null ? DASH : `${digits(value)} ms`;
    case "seconds":
      return duration(value);
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
