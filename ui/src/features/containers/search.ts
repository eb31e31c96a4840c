import { type HostSearch, hostSearch } from "../host/search";
import { READ, STATES } from "./order";
import type { State } from "./types";

export interface ContainersSearch {
  q?: string;
  state?: State[];
  host?: number[];
  image?: string[];
  project?: string[];
  sort?: string;
  /** Not by project. */
  flat?: true;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const some = <T>(values: T[]): T[] | undefined => (values.length ? values : undefined);

/** What the address says, without whatever it should not hold. */
export function containersSearch(search: Record<string, unknown>): ContainersSearch {
  const sort = typeof search.sort === "string" ? search.sort : "";
  return {
    q: search.q === undefined || search.q === "" ? undefined : String(search.q),
    state: some(list(search.state).filter((one): one is State => STATES.includes(one as State))),
    host: some(list(search.host).map(Number).filter(Number.isInteger)),
    image: some(list(search.image).map(String)),
    project: some(list(search.project).map(String)),
    sort: Object.hasOwn(READ, sort.replace(/^-/, "")) ? sort : undefined,
    flat: search.flat ? true : undefined,
  };
}

export const CONTAINER_TABS = ["overview", "logs", "processes", "inspect"] as const;
export type ContainerTab = (typeof CONTAINER_TABS)[number];

export interface ContainerSearch extends Pick<HostSearch, "range" | "from" | "to"> {
  tab?: ContainerTab;
}

/** Of the page of one container. */
export function containerSearch(search: Record<string, unknown>): ContainerSearch {
  const { range, from, to } = hostSearch(search);
  const tab = CONTAINER_TABS.includes(search.tab as ContainerTab) ? (search.tab as ContainerTab) : undefined;
  return { tab, range, from, to };
}
