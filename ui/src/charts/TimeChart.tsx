import { Group, Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import { figure } from "../format/units";
import { byteStep, type ChartData, drawn, PALETTE_DARK, PALETTE_LIGHT, topLines } from "./data";

interface TimeChartProps {
  title: string;
  unit: string;
  table?: string;
  data: ChartData;
  from: number;
  to: number;
  group: string;
  marks?: readonly { at: number; bad: boolean; label: string }[];
  onZoom?: (from: number, to: number) => void;
  onReset?: () => void;
}

const HEIGHT = 170;
const TICKS = 4;
/** Of what is counted there are no halves. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000];

/** Lines over time: averages, with the maxima as a band. One cursor over all charts of a group; drag zooms. */
export function TimeChart(props: TimeChartProps) {
  const { title, unit, table, group } = props;
  const { t } = useTranslation();
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [cursor, setCursor] = useState<number | null>(null);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const { lines, hidden } = useMemo(() => topLines(props.data.lines), [props.data.lines]);
  const palette = scheme === "dark" ? PALETTE_DARK : PALETTE_LIGHT;
  const shape = lines
    .map((line) => `${line.label}:${line.color}:${line.stacked ? 2 : line.max ? 1 : 0}:${off.has(line.label) ? 0 : 1}`)
    .join("|");
  const columns = useMemo(
    () => [
      props.data.times,
      ...drawn(lines, (label) => off.has(label)).flatMap(({ line, avg }) =>
        line.max && !line.stacked ? [avg, line.max] : [avg],
      ),
    ],
    [props.data.times, lines, off],
  );
  const current = useRef(columns);
  current.current = columns;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chart is made anew when its shape changes, and fed below
  useEffect(() => {
    if (!host.current || width === 0) return;
    const made = new uPlot(
      options({ width, unit, table, group, dark: scheme === "dark", palette, lines, off, latest, setCursor }),
      current.current as unknown as uPlot.AlignedData,
      host.current,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [width > 0, unit, table, group, scheme, shape]);
  useEffect(() => {
    plot.current?.setSize({ width, height: HEIGHT });
  }, [width]);
  useEffect(() => {
    plot.current?.setData(columns as unknown as uPlot.AlignedData, false);
    plot.current?.setScale("x", { min: props.from, max: props.to });
  }, [columns, props.from, props.to]);

  const place = cursor ?? props.data.times.length - 1;
  const toggle = (label: string) => {
    const next = new Set(off);
    if (!next.delete(label)) next.add(label);
    setOff(next);
  };
  return (
    <section className="card" style={{ padding: "10px 12px 6px", minWidth: 0 }} aria-label={title} data-chart={title}>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={550}>
          {title}
        </Text>
        {hidden > 0 && (
          <Text size="xs" c="dimmed">
            {t("chart.more", { count: hidden })}
          </Text>
        )}
      </Group>
      <div ref={ref} style={{ height: HEIGHT }}>
        <div ref={host} />
      </div>
      <Group gap="md" mih={22} style={{ rowGap: 0 }}>
        {lines.map((line) => (
          <button
            key={line.label}
            type="button"
            onClick={() => toggle(line.label)}
            aria-pressed={!off.has(line.label)}
            style={{ all: "unset", cursor: "pointer", opacity: off.has(line.label) ? 0.4 : 1, fontSize: 12 }}
          >
            <span
              style={{
                display: "inline-block",
                width: 10,
                height: 3,
                marginRight: 5,
                verticalAlign: "middle",
                background: palette[line.color % palette.length],
              }}
            />
            {line.label} <b style={{ fontWeight: 550 }}>{figure(line.avg[place], unit, table)}</b>
          </button>
        ))}
      </Group>
    </section>
  );
}

interface Wiring {
  width: number;
  unit: string;
  table: string | undefined;
  group: string;
  dark: boolean;
  palette: readonly string[];
  lines: readonly { label: string; color: number; max?: unknown; stacked?: boolean }[];
  off: ReadonlySet<string>;
  latest: React.RefObject<TimeChartProps>;
  setCursor: (place: number | null) => void;
}

function options(wiring: Wiring): uPlot.Options {
  const { width, unit, table, group, dark, palette, lines, off, latest, setCursor } = wiring;
  const axis = {
    stroke: dark ? "#93a1a9" : "#5d6b73",
    font: "11px system-ui",
    grid: { stroke: dark ? "#2a343b" : "#e8edef", width: 1 },
    ticks: { show: false },
  };
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
      bands.push({ series: [series.length - 1, series.length - 2], fill: `${color}30` });
    }
  }
  const percentage = unit === "percent";
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [6, 6, 0, 0],
    series,
    bands,
    scales: {
      x: { time: true },
      y: { range: (_, __, most) => (percentage ? [0, 100] : [0, most > 0 ? most * 1.08 : 1]) },
    },
    axes: [
      { ...axis, size: 26, values: (_, ticks, __, ___, step) => ticks.map((tick) => clock(tick, step)) },
      {
        ...axis,
        size: 74,
        values: (_, ticks) => ticks.map((tick) => figure(tick, unit, table)),
        ...(unit === "bytes" && { splits: (_chart, _place, least, most) => byteTicks(least, most) }),
        ...(unit === "count" && { incrs: WHOLE }),
      },
    ],
    cursor: {
      sync: { key: group },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          latest.current.onReset?.();
          return null;
        },
      },
    },
    hooks: {
      setCursor: [(chart) => setCursor(chart.cursor.idx ?? null)],
      setSelect: [
        (chart) => {
          if (chart.select.width < 8) return;
          const from = chart.posToVal(chart.select.left, "x");
          const to = chart.posToVal(chart.select.left + chart.select.width, "x");
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          latest.current.onZoom?.(from, to);
        },
      ],
      draw: [(chart) => drawMarks(chart, latest.current.marks ?? [], dark)],
    },
  };
}

function byteTicks(least: number, most: number): number[] {
  const step = byteStep(most - least, TICKS);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, place) => place * step);
}

function drawMarks(chart: uPlot, marks: readonly { at: number; bad: boolean }[], dark: boolean): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.setLineDash([3, 3]);
  for (const mark of marks) {
    const x = chart.valToPos(mark.at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = mark.bad ? (dark ? "#ff6369" : "#c62a2f") : dark ? "#4cc38a" : "#12805c";
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
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
