import { RUN_STATES, type RunState } from "./types";

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const text = (value: unknown): string | undefined => (value === undefined || value === "" ? undefined : String(value));
const id = (value: unknown): number | undefined =>
  Number.isInteger(Number(value)) && Number(value) > 0 ? Number(value) : undefined;

export interface WorkflowsSearch {
  q?: string;
}

export const workflowsSearch = (search: Record<string, unknown>): WorkflowsSearch => ({ q: text(search.q) });

/** A new workflow may begin as a copy of another. */
export interface WorkflowNewSearch {
  from?: number;
}

export const workflowNewSearch = (search: Record<string, unknown>): WorkflowNewSearch => ({ from: id(search.from) });

export interface RunsSearch {
  q?: string;
  state?: RunState[];
  workflow?: number;
}

export function runsSearch(search: Record<string, unknown>): RunsSearch {
  const states = list(search.state).filter((one): one is RunState => RUN_STATES.includes(one as RunState));
  return { q: text(search.q), state: states.length ? states : undefined, workflow: id(search.workflow) };
}
