export const RANGES = { live: 300, "1h": 3600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 } as const;
export type Range = keyof typeof RANGES;
export const TABS = ["overview", "cpu", "network", "disks", "processes", "collectors", "events"] as const;
export type Tab = (typeof TABS)[number];

export interface HostSearch {
  range?: Range;
  from?: number;
  to?: number;
  tab?: Tab;
}

const moment = (value: unknown) => (Number.isFinite(Number(value)) && Number(value) > 0 ? Number(value) : undefined);

export function hostSearch(search: Record<string, unknown>): HostSearch {
  const from = moment(search.from);
  const to = moment(search.to);
  const whole = from !== undefined && to !== undefined && from < to;
  return {
    range: typeof search.range === "string" && search.range in RANGES ? (search.range as Range) : undefined,
    from: whole ? from : undefined,
    to: whole ? to : undefined,
    tab: TABS.includes(search.tab as Tab) ? (search.tab as Tab) : undefined,
  };
}
