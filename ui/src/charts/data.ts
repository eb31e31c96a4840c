/** From what the controller answers to what a chart draws. */

export interface Line {
  label: string;
  color: number;
  avg: readonly (number | null)[];
  max?: readonly (number | null)[] | null;
  /** Stands on the stacked ones before it. */
  stacked?: boolean;
}

export interface ChartData {
  times: readonly number[];
  lines: readonly Line[];
}

/** Colours in the order of use, apart from each other also for the colour-blind (after Okabe and Ito). */
export const PALETTE_LIGHT = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#9a7d00", "#56b4e9", "#7a4fbf", "#6b7280"];
export const PALETTE_DARK = ["#4ea8de", "#ff8c42", "#2fc897", "#e59cc4", "#e0c341", "#8fd3ff", "#b392f0", "#9aa4ad"];
export const MOST_LINES = 8;

/** What several lines come to as one: of counts and rates the sum, of shares and temperatures the mean. */
export type Gather = "sum" | "mean";

/**
 * At most eight lines: where there are more, the largest seven and the others as one.
 *
 * `label`: what the others are called, from their number and how they were gathered.
 */
export function topLines(
  lines: readonly Line[],
  gather: Gather,
  label: (count: number, gather: Gather) => string,
): Line[] {
  if (lines.length <= MOST_LINES) return [...lines];
  const size = (line: Line) => line.avg.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  const largest = new Set([...lines].sort((a, b) => size(b) - size(a)).slice(0, MOST_LINES - 1));
  const top = lines.filter((line) => largest.has(line));
  const rest = lines.filter((line) => !largest.has(line));
  const colors = new Set(top.map((line) => line.color % PALETTE_LIGHT.length));
  const color = PALETTE_LIGHT.findLastIndex((_, place) => !colors.has(place));
  return [...top, { label: label(rest.length, gather), color: Math.max(0, color), avg: gathered(rest, gather) }];
}

function gathered(lines: readonly Line[], gather: Gather): (number | null)[] {
  return (lines[0] as Line).avg.map((_, at) => {
    const values = lines.map((line) => line.avg[at]).filter((value): value is number => value != null);
    if (values.length === 0) return null;
    const sum = values.reduce((total, value) => total + value, 0);
    return gather === "sum" ? sum : sum / values.length;
  });
}

/** What stands in the legend: the value at that place, or without one the last that is known. */
export function valueAt(values: readonly (number | null)[], place: number | null): number | null {
  if (place !== null) return values[place] ?? null;
  return values.findLast((value) => value !== null) ?? null;
}

/** Breaks the line where readings are missing for longer than `gapS` seconds before the reading at that place. */
export function withGaps(data: ChartData, gapS: (at: number) => number): ChartData {
  const cuts: number[] = [];
  for (let at = 1; at < data.times.length; at += 1) {
    if ((data.times[at] as number) - (data.times[at - 1] as number) > gapS(at)) cuts.push(at);
  }
  if (cuts.length === 0) return data;
  const cut = <T>(values: readonly T[], filler: (at: number) => T): T[] => {
    const next: T[] = [];
    let from = 0;
    for (const at of cuts) {
      next.push(...values.slice(from, at), filler(at));
      from = at;
    }
    return next.concat(values.slice(from));
  };
  return {
    times: cut(data.times, (at) => (data.times[at - 1] as number) + 0.5),
    lines: data.lines.map((line) => ({
      ...line,
      avg: cut(line.avg, () => null),
      max: line.max ? cut(line.max, () => null) : line.max,
    })),
  };
}

type Column = readonly (number | null)[];

/** What is drawn of each line: itself, or where it ends on top of the stacked ones before it that are shown. */
export function drawn(lines: readonly Line[], isOff: (label: string) => boolean): { line: Line; avg: Column }[] {
  let below: Column | null = null;
  return lines.map((line) => {
    if (!line.stacked || isOff(line.label)) return { line, avg: line.avg };
    const ground: Column | null = below;
    const avg = ground ? line.avg.map((value, at) => (value === null ? null : value + (ground[at] ?? 0))) : line.avg;
    below = avg;
    return { line, avg };
  });
}

/** Steps of an axis of bytes a second that is told in bits: 1, 2 or 5 of some power of ten. */
export const BIT_STEPS: number[] = Array.from({ length: 13 }, (_, power) =>
  [1, 2, 5].map((one) => (one * 10 ** power) / 8),
).flat();

/** Where an axis of bytes has its lines: whole powers of two, or halves and quarters of them. */
export function byteStep(most: number, wanted: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, most / wanted)));
}
