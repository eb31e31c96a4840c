import { defaultsOf, type Schema, type Values } from "../forms/schema";
import { begun } from "../init/steps";
import type { RunSearch } from "../search";
import type { BecomeWish, Job, Kind, Limits, Targets } from "../types";

export const NO_TARGETS: Targets = { host_ids: [], group_ids: [], tags: [], expression: "", but_host_ids: [] };

/** As the controller has them where nothing is said. */
export const LIMITS: Limits = {
  parallel: 50,
  batch: 0,
  stop_failed_percent: 0,
  host_timeout_s: 3600,
  job_timeout_s: 0,
  long_after_s: 0,
  retries: 0,
  retry_wait_s: 10,
  host_output_mib: 16,
  job_output_mib: 512,
};

/** What is written on the Run page until it is launched. */
export interface Draft {
  kind: string;
  /** By kind, so that nothing typed is lost by looking at another one. */
  specs: Readonly<Record<string, Values>>;
  targets: Targets;
  become: BecomeWish | null;
  limits: Limits;
  check: boolean;
}

/** The field of each kind that is the work itself. */
export const WORK: Readonly<Record<string, string>> = { command: "command", script: "script" };

/** What is run by being written on the Run page; other kinds have pages of their own. */
export const TYPED: readonly string[] = [...Object.keys(WORK), "init"];

export const workOf = (kind: string, schema: Schema): string => WORK[kind] ?? schema.required?.[0] ?? "text";

export function begin(search: RunSearch): Draft {
  const kind = search.kind ?? (search.steps ? "init" : "command");
  const specs: Draft["specs"] =
    search.command === undefined ? {} : { [kind]: { [WORK[kind] ?? "text"]: search.command } };
  return {
    kind,
    specs: search.steps ? { ...specs, init: { steps: search.steps.map(begun) } } : specs,
    targets: {
      ...NO_TARGETS,
      host_ids: search.host ?? [],
      group_ids: search.group ?? [],
      tags: search.tag ?? [],
      expression: search.on ?? "",
    },
    become: null,
    limits: LIMITS,
    check: false,
  };
}

/** The same as a job, to be changed and run again. */
export const again = (job: Job): Draft => ({
  kind: job.kind,
  specs: { [job.kind]: job.spec as Values },
  targets: { ...NO_TARGETS, ...job.targets },
  become: job.become ? { user: job.become.user ?? "root" } : null,
  limits: { ...LIMITS, ...job.limits },
  check: job.check,
});

/** The kind's values with what the schema begins with in place of what is not there. */
export const specOf = (draft: Draft, kind: Kind): Values => ({
  ...defaultsOf(kind.schema as Schema),
  ...draft.specs[kind.name],
});
