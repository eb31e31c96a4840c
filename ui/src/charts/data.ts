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

/** At most eight lines: the largest by their last known values, and the others left out with their number told. */
export function topLines(lines: readonly Line[]): { lines: Line[]; hidden: number } {
  if (lines.length <= MOST_LINES) return { lines: [...lines], hidden: 0 };
  const size = (line: Line) => line.avg.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  const kept = new Set([...lines].sort((a, b) => size(b) - size(a)).slice(0, MOST_LINES));
  return { lines: lines.filter((line) => kept.has(line)), hidden: lines.length - kept.size };
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

/** Where an axis of bytes has its lines: whole powers of two, or halves and quarters of them. */
export function byteStep(most: number, wanted: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, most / wanted)));
}
