import { shown } from "./names";

/** One thing in a folder, as the page shows it. */
export interface Entry {
  /** How the API calls it. */
  id: string;
  /** How people read it; bytes that are no text are escaped. */
  shown: string;
  kind: Kind;
  /** Can it be opened as a folder? Also a link that leads to one. */
  folder: boolean;
  hidden: boolean;
  size: number;
  /** Epoch milliseconds. */
  modified: number;
  mode: number;
  owner: string;
  group: string;
  /** Where a link leads, as people read it. */
  target: string | null;
  /** A link that leads nowhere. */
  broken: boolean;
}

export type Kind = "file" | "folder" | "link" | "pipe" | "socket" | "device" | "other";

const PICTURES = /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i;
const PDFS = /\.pdf$/i;
const LOGS = /(\.log(\.\d+)?|^(syslog|messages|dmesg))$/i;
const ARCHIVES = /\.(zip|t?gz|bz2|xz|zst|tar|7z|rar)$/i;

export type Look = "picture" | "pdf" | "log" | "archive" | "text";

/** How a file is best looked at, by its name. */
export function lookOf(name: string): Look {
  if (PICTURES.test(name)) return "picture";
  if (PDFS.test(name)) return "pdf";
  if (LOGS.test(name)) return "log";
  if (ARCHIVES.test(name)) return "archive";
  return "text";
}

/** As the API writes it: name, kind, size, time, mode, owner, group, where a link leads and what is there. */
export type Told = [string, string, number, number, number, string, string, string | null, string | null];

const KINDS: Record<string, Kind> = {
  f: "file",
  d: "folder",
  l: "link",
  p: "pipe",
  s: "socket",
  b: "device",
  c: "device",
};

export function entryOf([id, kind, size, time, mode, owner, group, target, targetKind]: Told): Entry {
  const read = KINDS[kind] ?? "other";
  return {
    id,
    shown: shown(id),
    kind: read,
    folder: read === "folder" || (read === "link" && targetKind === "d"),
    hidden: id.startsWith("."),
    size,
    modified: time * 1000,
    mode,
    owner: shown(owner),
    group: shown(group),
    target: target === null ? null : shown(target),
    broken: read === "link" && target !== null && targetKind === null,
  };
}

/** A link of which it has become known where it leads. */
export const linked = (entry: Entry, target: string | null, targetKind: string | null): Entry => ({
  ...entry,
  target: target === null ? null : shown(target),
  folder: targetKind === "d",
  broken: target !== null && targetKind === null,
});
