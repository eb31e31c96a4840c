import type { Entry } from "./entry";

export const SORTS = ["name", "size", "modified", "mode", "owner"] as const;
export type Sort = (typeof SORTS)[number];

/** Above this many, names are compared by keys of their own: a collator would hold the page up. */
const MANY = 5000;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Letters of either case side by side, numbers by their size. */
const plainKey = (name: string): string =>
  name.toLowerCase().replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, "").padStart(15, "0"));

/** Sorted by a column ("-size": descending), folders before files; equal ones by their names. */
export function ordered(entries: readonly Entry[], sort: string): Entry[] {
  const backwards = sort.startsWith("-");
  const column = (backwards ? sort.slice(1) : sort) as Sort;
  const byName = namesOf(entries);
  const gap = gapOf(column, byName);
  return [...entries].sort((a, b) => {
    const folders = Number(b.folder) - Number(a.folder);
    if (folders !== 0) return folders;
    const by = gap(a, b);
    if (by !== 0) return backwards ? -by : by;
    return byName(a, b);
  });
}

type Gap = (a: Entry, b: Entry) => number;

function namesOf(entries: readonly Entry[]): Gap {
  if (entries.length <= MANY) return (a, b) => collator.compare(a.shown, b.shown) || (a.id < b.id ? -1 : 1);
  const keys = new Map(entries.map((entry) => [entry.id, plainKey(entry.shown)]));
  return (a, b) => {
    const left = keys.get(a.id) as string;
    const right = keys.get(b.id) as string;
    return left < right ? -1 : left > right ? 1 : a.id < b.id ? -1 : 1;
  };
}

function gapOf(column: Sort, byName: Gap): Gap {
  switch (column) {
    case "size":
      return (a, b) => a.size - b.size;
    case "modified":
      return (a, b) => a.modified - b.modified;
    case "mode":
      return (a, b) => (a.mode & 0o7777) - (b.mode & 0o7777);
    case "owner":
      return (a, b) => collator.compare(`${a.owner} ${a.group}`, `${b.owner} ${b.group}`);
    default:
      return byName;
  }
}

/** Those whose name holds every word; hidden ones only where they are wanted. */
export function filtered(entries: readonly Entry[], words: string, hidden: boolean): readonly Entry[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0 && hidden) return entries;
  return entries.filter((entry) => {
    if (!hidden && entry.hidden) return false;
    if (parts.length === 0) return true;
    const name = entry.shown.toLowerCase();
    return parts.every((part) => name.includes(part));
  });
}
