import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, data, type Host } from "../../api/client";
import { specsQuery } from "../../api/queries";
import { useHostWindow, useNow } from "../../live/hooks";
import { held, join } from "../../live/join";
import { PANELS, type PlainSeries } from "./panels";
import { type HostSearch, RANGES, type Tab } from "./search";

export interface Shown {
  times: readonly number[];
  series: readonly PlainSeries[];
  from: number;
  to: number;
  /** Seconds without a reading, before the one at that place, that break the line. */
  gapS: (at: number) => number;
  loading: boolean;
  error: unknown;
  retry: () => void;
}

const POINTS = 600;
const MOST_METRICS = 20;
const GAP_STEPS = 2.5;
const TICK_S = 10;
/** How long what is read every minute holds, and how often it is asked for while the rest is live. */
const SLOW_HOLD_S = 150;
const SLOW_AGAIN_MS = 30_000;

/** What the charts of a tab show: the live window, or history over the chosen range. */
export function useSeries({ id: hostId }: Host, search: HostSearch, tab: Tab): Shown {
  const live = search.from === undefined && (search.range ?? "live") === "live";
  const metrics = useMemo(
    () => [...new Set(PANELS.filter((panel) => panel.tab === tab).flatMap((panel) => panel.metrics))],
    [tab],
  );
  const fromWindow = useLive(hostId, live, metrics);
  const fromHistory = useHistory(hostId, search, metrics, !live && metrics.length > 0);
  return live ? fromWindow : fromHistory;
}

/** Is the metric read every minute rather than at every tick? */
function useIsSlow(): (metric: string) => boolean {
  const { data: specs } = useQuery(specsQuery);
  return useMemo(() => {
    const slow = new Set(specs?.items.filter((spec) => spec.cadence === "slow").map((spec) => spec.name));
    return (metric) => slow.has(metric);
  }, [specs]);
}

/** Series that are read once in a while, held until the next reading. */
function holding(times: readonly number[], series: readonly PlainSeries[], isSlow: (metric: string) => boolean) {
  return series.map((one) =>
    isSlow(one.metric)
      ? { ...one, avg: held(times, one.avg, SLOW_HOLD_S), max: one.max && held(times, one.max, SLOW_HOLD_S) }
      : one,
  );
}

function useLive(hostId: number, live: boolean, metrics: readonly string[]): Shown {
  const { window, version } = useHostWindow(hostId, live);
  const now = useNow(1000) / 1000;
  const isSlow = useIsSlow();
  const { data: stored } = useQuery({
    queryKey: ["before", hostId, metrics.join()],
    enabled: live && metrics.length > 0,
    staleTime: 0,
    gcTime: 0,
    refetchInterval: SLOW_AGAIN_MS,
    queryFn: () => {
      const to = Math.floor(Date.now() / 1000);
      return readSeries(hostId, metrics, to - RANGES.live, to);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the window's version says when its content is another
  const joined = useMemo(() => {
    const fresh = window.series.flatMap((one, place) =>
      metrics.includes(one.metric) ? [{ ...one, avg: window.columns[place] ?? [] }] : [],
    );
    const before = stored ?? { times: [], series: [] };
    const nearS = (stored?.stepS ?? TICK_S) / 2 + 1;
    const whole = join(before, { times: window.times, series: fresh }, nearS, isSlow);
    return { ...whole, series: holding(whole.times, whole.series, isSlow) };
  }, [window, version, metrics, stored, isSlow]);
  const last = joined.times.at(-1) ?? now;
  const to = Math.abs(now - last) < 30 ? last : now;
  const storedGapS = (stored?.stepS ?? TICK_S) * GAP_STEPS;
  return {
    times: joined.times,
    series: joined.series,
    from: to - RANGES.live,
    to,
    gapS: () => storedGapS,
    loading: version === 0 && !stored,
    error: null,
    retry: () => undefined,
  };
}

function useHistory(hostId: number, search: HostSearch, metrics: readonly string[], on: boolean): Shown {
  const length = RANGES[search.range ?? "1h"];
  const now = Math.floor(useNow(10_000) / 10_000) * 10;
  const to = search.to ?? now;
  const from = search.from ?? to - length;
  const query = useQuery({
    queryKey: ["history", hostId, metrics.join(), search.from ?? search.range, search.to ?? now],
    enabled: on,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    queryFn: () => readSeries(hostId, metrics, from, to),
  });
  const answer = query.data;
  const isSlow = useIsSlow();
  const series = useMemo(() => (answer ? holding(answer.times, answer.series, isSlow) : []), [answer, isSlow]);
  return {
    times: answer?.times ?? [],
    series,
    from,
    to,
    gapS: () => (answer?.stepS ?? 60) * GAP_STEPS,
    loading: query.isPending,
    error: query.error,
    retry: () => query.refetch(),
  };
}

interface Stored {
  times: readonly number[];
  series: readonly PlainSeries[];
  stepS: number;
}

async function readSeries(hostId: number, metrics: readonly string[], from: number, to: number): Promise<Stored> {
  const parts = [];
  for (let start = 0; start < metrics.length; start += MOST_METRICS) {
    const metric = metrics.slice(start, start + MOST_METRICS);
    const query = { host_id: [hostId], metric, from, to, points: POINTS };
    parts.push(data(api.GET("/api/v1/metrics/query", { params: { query } })));
  }
  const answers = await Promise.all(parts);
  return {
    times: answers[0]?.timestamps ?? [],
    series: answers.flatMap((answer) => answer.series),
    stepS: answers[0]?.step_s ?? 60,
  };
}
