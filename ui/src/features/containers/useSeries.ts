import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, data } from "../../api/client";
import type { ChartData } from "../../charts/data";
import { useNow } from "../../live/hooks";
import { type HostSearch, RANGES } from "../host/search";
import type { Container, Figures } from "./types";

/** What is drawn of a container: the metrics of a chart, and where the live figures hold them. */
export const CHARTS = [
  { name: "cpu", unit: "percent", lines: [["container_cpu_percent", "cpu_percent"]] },
  {
    name: "memory",
    unit: "bytes",
    lines: [
      ["container_memory_bytes", "memory_bytes"],
      ["container_memory_limit_bytes", "memory_limit_bytes"],
    ],
  },
  {
    name: "network",
    unit: "bytes_per_second",
    table: "network",
    lines: [
      ["container_net_receive_bytes_per_second", "net_receive_bytes_per_second"],
      ["container_net_transmit_bytes_per_second", "net_transmit_bytes_per_second"],
    ],
  },
  {
    name: "disk",
    unit: "bytes_per_second",
    lines: [
      ["container_disk_read_bytes_per_second", "disk_read_bytes_per_second"],
      ["container_disk_write_bytes_per_second", "disk_write_bytes_per_second"],
    ],
  },
  { name: "processes", unit: "count", lines: [["container_processes", "processes"]] },
] as const;

const METRICS = CHARTS.flatMap((chart) => chart.lines.map(([metric]) => metric));
const LIMIT = "container_memory_limit_bytes";
const FAR = 4;
const POINTS = 600;
const KEPT = 900;

type Column = readonly (number | null)[];

export interface Series {
  times: readonly number[];
  column: (metric: string) => { avg: Column; max?: Column | null } | undefined;
  from: number;
  to: number;
  stepS: number;
  loading: boolean;
  error: unknown;
  retry: () => void;
}

/** The figures of a container since the page is open, one a second. */
function useSeen(container: Container): readonly Figures[] {
  const seen = useRef<Figures[]>([]);
  const [, draw] = useState(0);
  const { figures, id } = container;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another container begins anew
  useEffect(() => {
    seen.current = [];
  }, [id]);
  useEffect(() => {
    if (!figures || figures.at <= (seen.current.at(-1)?.at ?? 0)) return;
    seen.current = [...seen.current, figures].slice(-KEPT);
    draw((before) => before + 1);
  }, [figures]);
  return seen.current;
}

export function useContainerSeries(container: Container, search: HostSearch): Series {
  const live = search.from === undefined && (search.range ?? "live") === "live";
  const seen = useSeen(container);
  const now = Math.floor(useNow(live ? 1000 : 10_000) / 1000);
  const length = RANGES[search.range ?? (live ? "live" : "1h")];
  const to = search.to ?? now;
  const from = search.from ?? to - length;
  const entity = container.entity_id;
  const query = useQuery({
    queryKey: ["container-history", entity, search.from ?? search.range ?? "live", search.to],
    enabled: entity !== null,
    placeholderData: keepPreviousData,
    refetchInterval: search.to === undefined ? 10_000 : false,
    queryFn: () => {
      const end = search.to ?? Math.floor(Date.now() / 1000);
      const query = {
        host_id: [container.host_id],
        entity_id: [entity as number],
        metric: METRICS,
        from: search.from ?? end - length,
        to: end,
        points: POINTS,
      };
      return data(api.GET("/api/v1/metrics/query", { params: { query } }));
    },
  });
  const fresh = live ? seen.filter((one) => one.at >= from) : [];
  const begin = fresh[0]?.at ?? Number.POSITIVE_INFINITY;
  const stored = query.data?.timestamps ?? [];
  const kept = stored.filter((time) => time < begin - 1).length;
  return {
    times: [...stored.slice(0, kept), ...fresh.map((one) => one.at)],
    column: (metric) => {
      const one = query.data?.series.find((series) => series.metric === metric);
      const field = CHARTS.flatMap((chart) => chart.lines.map((line) => line)).find(([name]) => name === metric)?.[1];
      if (!field || (!one && fresh.length === 0)) return undefined;
      const before = one ? one.avg.slice(0, kept) : Array.from({ length: kept }, () => null);
      const avg = [...before, ...fresh.map((figures) => figures[field] ?? null)];
      return { avg, max: live ? null : one?.max };
    },
    from,
    to,
    stepS: query.data?.step_s ?? 10,
    loading: query.isPending && fresh.length === 0 && entity !== null,
    error: query.error,
    retry: () => query.refetch(),
  };
}

/** The lines of a chart that have any figure. */
export function chartData(
  series: Series,
  lines: readonly (readonly [string, string])[],
  label: (metric: string) => string,
): ChartData {
  const most = (values: Column) => Math.max(0, ...values.map((value) => value ?? 0));
  const first = series.column(lines[0]?.[0] ?? "");
  return {
    times: series.times,
    lines: lines.flatMap(([metric], color) => {
      const column = series.column(metric);
      if (!column || column.avg.every((value) => value === null)) return [];
      // a limit far away would press what is used to the ground
      if (metric === LIMIT && first && most(column.avg) > FAR * most(first.avg)) return [];
      return [{ label: label(metric), color, avg: column.avg, max: column.max }];
    }),
  };
}
