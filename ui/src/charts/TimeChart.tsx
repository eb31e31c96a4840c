import { Group, Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import { useReader } from "../app/preferences";
import { figure, moment } from "../format/units";
import { type ChartData, drawn, type Gather, type Line, PALETTE_DARK, PALETTE_LIGHT, topLines, valueAt } from "./data";
import { type Callbacks, type Mark, markAt, options } from "./plot";

interface TimeChartProps extends Callbacks {
  title: string;
  unit: string;
  table?: string;
  data: ChartData;
  from: number;
  to: number;
  /** Charts of a group have one cursor. */
  group: string;
}

const HEIGHT = 160;
/** Of these the others are told as their mean; everything else adds up. */
const NO_SUM: readonly string[] = ["percent", "celsius", "load", "milliseconds", "seconds"];
const gatherOf = (unit: string): Gather => (NO_SUM.includes(unit) ? "mean" : "sum");

/** Lines over time: averages, with the maxima as a band. One cursor over all charts of a group; drag zooms. */
export function TimeChart(props: TimeChartProps) {
  const { title, unit, table, group, data } = props;
  const { t } = useTranslation();
  const reader = useReader();
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef<TimeChartProps>(props);
  latest.current = props;
  const [cursor, setCursor] = useState<number | null>(null);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(
    () => topLines(data.lines, gatherOf(unit), (count, gather) => t(`others.${gather}`, { count })),
    [data.lines, unit, t],
  );
  const palette = scheme === "dark" ? PALETTE_DARK : PALETTE_LIGHT;
  const shape = lines
    .map((line) => `${line.label}:${line.color}:${line.stacked ? 2 : line.max ? 1 : 0}:${off.has(line.label) ? 0 : 1}`)
    .join("|");
  const columns = useMemo(
    () => [
      data.times,
      ...drawn(lines, (label) => off.has(label)).flatMap(({ line, avg }) =>
        line.max && !line.stacked ? [avg, line.max] : [avg],
      ),
    ],
    [data.times, lines, off],
  );
  const current = useRef(columns);
  current.current = columns;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chart is made anew when its shape changes, and fed below
  useEffect(() => {
    if (!host.current || width === 0) return;
    const look = { width, height: HEIGHT, unit, table, group, dark: scheme === "dark", palette };
    const made = new uPlot(
      options({ ...look, lines, off, reader, latest, setCursor }),
      current.current as unknown as uPlot.AlignedData,
      host.current,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [width > 0, unit, table, group, scheme, shape, reader]);
  useEffect(() => {
    plot.current?.setSize({ width, height: HEIGHT });
  }, [width]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are drawn with the rest
  useEffect(() => {
    plot.current?.setData(columns as unknown as uPlot.AlignedData, false);
    plot.current?.setScale("x", { min: props.from, max: props.to });
  }, [columns, props.from, props.to, props.marks]);

  const time = cursor === null ? undefined : data.times[cursor];
  const mark = markAt(props.marks ?? [], time, (props.to - props.from) / Math.max(1, width));
  const toggle = (label: string) => {
    const next = new Set(off);
    if (!next.delete(label)) next.add(label);
    setOff(next);
  };
  return (
    <section className="card chart" aria-label={title} data-chart={title}>
      <Group justify="space-between" gap="xs" wrap="nowrap" mih={20}>
        <Text component="h2" size="sm" fw={550} m={0} truncate>
          {title}
        </Text>
        <CursorNote time={time} mark={mark} />
      </Group>
      <div ref={ref} style={{ height: HEIGHT }}>
        <div ref={host} />
      </div>
      <Group className="legend" role="group" aria-label={t("chart.legend", { title })}>
        {lines.map((line) => (
          <LegendItem
            key={line.label}
            line={line}
            color={palette[line.color % palette.length] as string}
            off={off.has(line.label)}
            value={figure(valueAt(line.avg, cursor), unit, table, reader)}
            most={line.max && cursor !== null ? figure(valueAt(line.max, cursor), unit, table, reader) : undefined}
            onToggle={() => toggle(line.label)}
          />
        ))}
      </Group>
    </section>
  );
}

function CursorNote({ time, mark }: { time: number | undefined; mark: Mark | undefined }) {
  if (time === undefined) return null;
  return (
    <Text size="xs" c="dimmed" className="nowrap">
      {mark && (
        <Text span size="xs" fw={550} c={mark.tone === "bad" ? "var(--mantine-color-error)" : undefined} mr={6}>
          {mark.label}
        </Text>
      )}
      {moment(time)}
    </Text>
  );
}

interface LegendItemProps {
  line: Line;
  color: string;
  off: boolean;
  value: string;
  /** The largest single value, where the one above is an average. */
  most?: string;
  onToggle: () => void;
}

function LegendItem({ line, color, off, value, most, onToggle }: LegendItemProps) {
  const { t } = useTranslation();
  return (
    <button type="button" className="legend-item" onClick={onToggle} aria-pressed={!off}>
      <span className="legend-mark" style={{ background: off ? "transparent" : color, borderColor: color }} />
      {line.label} <b>{value}</b>
      {most && most !== value && <span className="legend-most">{t("chart.upTo", { value: most })}</span>}
    </button>
  );
}
