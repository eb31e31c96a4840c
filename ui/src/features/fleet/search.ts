import type { HostState } from "../../api/client";
import { READ, URGENCY } from "./order";

export interface FleetSearch {
  q?: string;
  group?: number[];
  tag?: string[];
  state?: HostState[];
  sort?: string;
  view?: "cards";
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const some = <T>(values: T[]): T[] | undefined => (values.length ? values : undefined);

/** What the address says, without whatever it should not hold. */
export function fleetSearch(search: Record<string, unknown>): FleetSearch {
  const sort =
    typeof search.sort === "string" && Object.hasOwn(READ, search.sort.replace(/^-/, "")) ? search.sort : undefined;
  const states = list(search.state).filter((state): state is HostState => URGENCY.includes(state as HostState));
  return {
    q: search.q === undefined || search.q === "" ? undefined : String(search.q),
    group: some(list(search.group).map(Number).filter(Number.isInteger)),
    tag: some(list(search.tag).map(String)),
    state: some(states),
    sort,
    view: search.view === "cards" ? "cards" : undefined,
  };
}
