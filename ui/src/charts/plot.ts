import type uPlot from "uplot";
import { figure, type Reader } from "../format/units";
import { BIT_STEPS, byteStep } from "./data";

/** Something that happened, on the time axis. */
export interface Mark {
  at: number;
  tone: "bad" | "good" | "plain";
  label: string;
}

export interface Drawn {
  label: string;
  color: number;
  max?: unknown;
  stacked?: boolean;
}

/** What the chart asks its surroundings for at any time. */
export interface Callbacks {
  marks?: readonly Mark[];
  onZoom?: (from: number, to: number) => void;
  onReset?: () => void;
}

export interface Wiring {
  width: number;
  height: number;
  unit: string;
  table: string | undefined;
  group: string;
  dark: boolean;
  palette: readonly string[];
  lines: readonly Drawn[];
  off: ReadonlySet<string>;
  reader: Reader;
  latest: { readonly current: Callbacks };
  setCursor: (place: number | null) => void;
}

const TICKS = 4;
/** Of what is counted there are no halves. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000];
const LEAST_DRAG = 8;
/** The same for all, so that the same moment is at the same place in charts that stand below each other. */
const AXIS = 72;

/** How the chart looks and behaves, as uPlot takes it. */
export function options(wiring: Wiring): uPlot.Options {
  const { width, height, unit, table, group, dark, reader, latest, setCursor } = wiring;
  const axis = {
    stroke: dark ? "#93a1a9" : "#5d6b73",
    font: "11px system-ui",
    grid: { stroke: dark ? "#283239" : "#e8edef", width: 1 },
    ticks: { show: false },
  };
  const percentage = unit === "percent";
  const inBits = unit === "bytes_per_second" && table === "network" && reader.rates === "bits";
  return {
    width,
    height,
    legend: { show: false },
    padding: [6, 18, 0, 0],
    ...drawing(wiring),
    scales: {
      x: { time: true },
      y: { range: (_, __, most) => (percentage ? [0, 100] : [0, most > 0 ? most * 1.08 : 1]) },
    },
    axes: [
      { ...axis, size: 26, values: (_, ticks, __, ___, step) => ticks.map((tick) => clock(tick, step)) },
      {
        ...axis,
        size: AXIS,
        values: (_, ticks) => ticks.map((tick) => figure(tick, unit, table, reader)),
        ...(unit === "bytes" && { splits: (_chart, _place, least, most) => byteTicks(least, most) }),
        ...(unit === "count" && { incrs: WHOLE }),
        ...(inBits && { incrs: BIT_STEPS }),
      },
    ],
    cursor: {
      sync: { key: group },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      bind: {
        dblclick: () => () => {
          latest.current.onReset?.();
          return null;
        },
      },
    },
    hooks: {
      setCursor: [(chart) => setCursor(chart.cursor.idx ?? null)],
      setSelect: [(chart) => zoom(chart, latest.current.onZoom)],
      draw: [(chart) => drawMarks(chart, latest.current.marks ?? [], dark)],
    },
  };
}

/** Averages as lines; the room up to the maximum as a band; parts of a whole filled down to the one below. */
function drawing({ lines, palette, off }: Wiring): { series: uPlot.Series[]; bands: uPlot.Band[] } {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  let below = 0;
  for (const line of lines) {
    const color = palette[line.color % palette.length] as string;
    const show = !off.has(line.label);
    series.push({ stroke: color, width: line.stacked ? 1 : 1.5, show, points: { show: false } });
    const place = series.length - 1;
    if (line.stacked && show) {
      if (below) bands.push({ series: [place, below], fill: `${color}55` });
      else (series[place] as uPlot.Series).fill = `${color}55`;
      below = place;
    } else if (line.max && !line.stacked) {
      series.push({ stroke: "transparent", width: 0, show, points: { show: false } });
      bands.push({ series: [place + 1, place], fill: `${color}30` });
    }
  }
  return { series, bands };
}

function zoom(chart: uPlot, onZoom: Callbacks["onZoom"]): void {
  if (chart.select.width < LEAST_DRAG) return;
  const from = chart.posToVal(chart.select.left, "x");
  const to = chart.posToVal(chart.select.left + chart.select.width, "x");
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom?.(from, to);
}

function byteTicks(least: number, most: number): number[] {
  const step = byteStep(most - least, TICKS);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, place) => place * step);
}

const TONES = {
  dark: { bad: "#ff6369", good: "#4cc38a", plain: "#93a1a9" },
  light: { bad: "#c62a2f", good: "#12805c", plain: "#5d6b73" },
} as const;
const FLAG = 4;

/** A dashed line for each mark, with a flag on top that can be told from the others without its colour. */
function drawMarks(chart: uPlot, marks: readonly Mark[], dark: boolean): void {
  const { ctx, bbox } = chart;
  const size = FLAG * devicePixelRatio;
  ctx.save();
  ctx.setLineDash([3, 3]);
  for (const mark of marks) {
    const x = chart.valToPos(mark.at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const color = TONES[dark ? "dark" : "light"][mark.tone];
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    const tip = mark.tone === "good" ? -1 : 1; // bad ones point down, good ones up
    ctx.moveTo(x - size, bbox.top - tip * size);
    ctx.lineTo(x + size, bbox.top - tip * size);
    ctx.lineTo(x, bbox.top + tip * size);
    ctx.fill();
  }
  ctx.restore();
}

const two = (value: number) => String(value).padStart(2, "0");

function clock(seconds: number, step: number): string {
  const at = new Date(seconds * 1000);
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  if (step >= 86400) return day;
  if (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0) return day;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return step < 60 ? `${time}:${two(at.getSeconds())}` : time;
}

/** The mark that the cursor is at, within a few pixels. */
export function markAt(marks: readonly Mark[], time: number | undefined, secondsPerPixel: number): Mark | undefined {
  if (time === undefined) return undefined;
  const reach = Math.max(1, secondsPerPixel * 6);
  return marks
    .filter((mark) => Math.abs(mark.at - time) <= reach)
    .sort((a, b) => Math.abs(a.at - time) - Math.abs(b.at - time))[0];
}
