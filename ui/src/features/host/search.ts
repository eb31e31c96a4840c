export const RANGES = { live: 300, "1h": 3600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 } as const;
export type Range = keyof typeof RANGES;
export const TABS = [
  "overview",
  "cpu",
  "network",
  "disks",
  "processes",
  "containers",
  "jobs",
  "collectors",
  "events",
] as const;
export type Tab = (typeof TABS)[number];

export interface HostSearch {
  range?: Range;
  from?: number;
  to?: number;
  tab?: Tab;
  /** Of the containers: which part, and the filters of their list. */
  part?: Part;
  q?: string;
  state?: string[];
  image?: string[];
  project?: string[];
  sort?: string;
  flat?: boolean;
}

export const PARTS = ["containers", "images", "volumes"] as const;
export type Part = (typeof PARTS)[number];

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
    ...(search.tab === "containers" ? listSearch(search) : {}),
  };
}

const texts = (value: unknown): string[] | undefined => {
  const all = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  return all.length ? all : undefined;
};

function listSearch(search: Record<string, unknown>): HostSearch {
  return {
    part: PARTS.includes(search.part as Part) && search.part !== "containers" ? (search.part as Part) : undefined,
    q: search.q === undefined || search.q === "" ? undefined : String(search.q),
    state: texts(search.state),
    image: texts(search.image),
    project: texts(search.project),
    sort: typeof search.sort === "string" ? search.sort : undefined,
    flat: search.flat ? true : undefined,
  };
}
