/** Permission bits as people read and set them. */

export const WHO = ["owner", "group", "others"] as const;
export const WHAT = ["read", "write", "execute"] as const;
export const EXTRA = ["setuid", "setgid", "sticky"] as const;
export type Who = (typeof WHO)[number];
export type What = (typeof WHAT)[number];
export type Extra = (typeof EXTRA)[number];

const ALL = 0o7777;

export const bitOf = (who: Who, what: What): number => (4 >> WHAT.indexOf(what)) << (6 - 3 * WHO.indexOf(who));
export const extraBit = (extra: Extra): number => 0o4000 >> EXTRA.indexOf(extra);

/** "0644"; four digits, so that the first one is seen. */
export const octal = (mode: number): string => (mode & ALL).toString(8).padStart(4, "0");

/** The bits of "644" or "0644", or nothing where it is no mode. */
export function fromOctal(text: string): number | null {
  return /^[0-7]{3,4}$/.test(text.trim()) ? Number.parseInt(text.trim(), 8) : null;
}

/** As `ls -l` shows them: "rwxr-sr-t". */
export function letters(mode: number): string {
  const triple = (shift: number, extra: number, low: string) => {
    const bits = mode >> shift;
    const last = mode & extra ? (bits & 1 ? low : low.toUpperCase()) : bits & 1 ? "x" : "-";
    return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${last}`;
  };
  return triple(6, 0o4000, "s") + triple(3, 0o2000, "s") + triple(0, 0o1000, "t");
}
