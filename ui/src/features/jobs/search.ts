import { JOB_STATES, RESULT_STATES } from "./order";
import type { JobState, ResultState } from "./types";

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const some = <T>(values: T[]): T[] | undefined => (values.length ? values : undefined);
const text = (value: unknown): string | undefined => (value === undefined || value === "" ? undefined : String(value));
const id = (value: unknown): number | undefined =>
  Number.isInteger(Number(value)) && Number(value) > 0 ? Number(value) : undefined;

/** How far back the list goes, in seconds. */
export const SPANS = { "1h": 3600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 } as const;

export interface JobsSearch {
  q?: string;
  state?: JobState[];
  kind?: string;
  template?: number;
  /** The name of who launched it. */
  by?: string;
  host?: number;
  span?: keyof typeof SPANS;
}

export function jobsSearch(search: Record<string, unknown>): JobsSearch {
  return {
    q: text(search.q),
    state: some(list(search.state).filter((one): one is JobState => JOB_STATES.includes(one as JobState))),
    kind: text(search.kind),
    template: id(search.template),
    by: text(search.by),
    host: id(search.host),
    span: Object.hasOwn(SPANS, String(search.span)) ? (search.span as JobsSearch["span"]) : undefined,
  };
}

export const JOB_TABS = ["grouped", "hosts", "log", "stats", "about"] as const;
export type JobTab = (typeof JOB_TABS)[number];

export interface JobSearch {
  tab?: JobTab;
  /** Whose log is shown; of all hosts without one. */
  host?: number;
  /** Results in these states only. */
  state?: ResultState[];
  q?: string;
  /** The step whose details are open, and on which host. */
  step?: string;
  at?: number;
}

export function jobSearch(search: Record<string, unknown>): JobSearch {
  return {
    tab: JOB_TABS.includes(search.tab as JobTab) ? (search.tab as JobTab) : undefined,
    host: id(search.host),
    state: some(list(search.state).filter((one): one is ResultState => RESULT_STATES.includes(one as ResultState))),
    q: text(search.q),
    step: text(search.step),
    at: id(search.at),
  };
}

export interface RunSearch {
  kind?: string;
  command?: string;
  /** Steps of a first set-up. */
  steps?: string[];
  host?: number[];
  group?: number[];
  tag?: string[];
  on?: string;
  /** A job that is to be run again with changes. */
  job?: number;
}

/** What a link to the Run page fills in. */
export function runSearch(search: Record<string, unknown>): RunSearch {
  const ids = (value: unknown) => some(list(value).map(Number).filter(Number.isInteger));
  return {
    kind: text(search.kind),
    command: text(search.command),
    steps: some(list(search.steps).map(String)),
    host: ids(search.host),
    group: ids(search.group),
    tag: some(list(search.tag).map(String)),
    on: text(search.on),
    job: id(search.job),
  };
}

export interface TemplatesSearch {
  q?: string;
}

export const templatesSearch = (search: Record<string, unknown>): TemplatesSearch => ({ q: text(search.q) });

/** A new template may begin as a copy of another. */
export interface TemplateNewSearch {
  from?: number;
  /** Or with what was typed on the Run page. */
  draft?: true;
}

export const templateNewSearch = (search: Record<string, unknown>): TemplateNewSearch => ({
  from: id(search.from),
  draft: search.draft ? true : undefined,
});
