import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, data } from "../../api/client";
import { useHostWindow, useNow } from "../../live/hooks";
import { PANELS, type PlainSeries } from "./panels";
import { type HostSearch, RANGES, type Tab } from "./search";

export interface Shown {
  times: readonly number[];
  series: readonly PlainSeries[];
  from: number;
  to: number;
  /** Seconds without a reading that break the line. */
  gapS: number;
  loading: boolean;
  error: unknown;
  retry: () => void;
}

const POINTS = 600;
const MOST_METRICS = 20;
const LIVE_GAP_S = 5;

/** What the charts of a tab show: the live window, or history over the chosen range. */
export function useSeries(hostId: number, search: HostSearch, tab: Tab): Shown {
  const live = search.from === undefined && (search.range ?? "live") === "live";
  const metrics = useMemo(
    () => [...new Set(PANELS.filter((panel) => panel.tab === tab).flatMap((panel) => panel.metrics))],
    [tab],
  );
  const fromWindow = useLive(hostId, live, metrics);
  const fromHistory = useHistory(hostId, search, metrics, !live && metrics.length > 0);
  return live ? fromWindow : fromHistory;
}

function useLive(hostId: number, live: boolean, metrics: readonly string[]): Shown {
  const { window, version } = useHostWindow(hostId, live);
  const now = useNow(1000) / 1000;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the window's version says when its content is another
  const series = useMemo(
    () =>
      window.series.flatMap((one, place) =>
        metrics.includes(one.metric) ? [{ ...one, avg: [...(window.columns[place] ?? [])] }] : [],
      ),
    [window, version, metrics],
  );
  const last = window.times.at(-1) ?? now;
  const to = Math.abs(now - last) < 30 ? last : now;
  return {
    times: [...window.times],
    series,
    from: to - RANGES.live,
    to,
    gapS: LIVE_GAP_S,
    loading: version === 0,
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
    queryFn: async () => {
      const parts = [];
      for (let start = 0; start < metrics.length; start += MOST_METRICS) {
        const metric = metrics.slice(start, start + MOST_METRICS);
        parts.push(
          data(
            api.GET("/api/v1/metrics/query", {
              params: { query: { host_id: [hostId], metric, from, to, points: POINTS } },
            }),
          ),
        );
      }
      const answers = await Promise.all(parts);
      return { ...answers[0], series: answers.flatMap((answer) => answer?.series ?? []) };
    },
  });
  const answer = query.data;
  return {
    times: answer?.timestamps ?? [],
    series: answer?.series ?? [],
    from,
    to,
    gapS: (answer?.step_s ?? 60) * 2.5,
    loading: query.isPending,
    error: query.error,
    retry: () => query.refetch(),
  };
}
