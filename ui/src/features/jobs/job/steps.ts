import type { ResultState } from "../types";

/** One step of a playbook: a column of the grid. */
export interface Step {
  key: string;
  name: string;
  play: string;
  action: string;
}

/** What a step did on one host. */
export interface Cell {
  host_id: number;
  step: string;
  state: ResultState;
  duration_s: number | null;
}

export interface StepTime {
  step: Step;
  hosts: number;
  longest_s: number;
  whole_s: number;
  changed: number;
  failed: number;
}

/** How long each step took over all hosts, the slowest first. */
export function slowest(steps: readonly Step[], cells: Iterable<Cell>): StepTime[] {
  const times = new Map<string, StepTime>();
  const known = new Map(steps.map((step) => [step.key, step]));
  for (const cell of cells) {
    const step = known.get(cell.step);
    if (!step) continue;
    const time = times.get(step.key) ?? { step, hosts: 0, longest_s: 0, whole_s: 0, changed: 0, failed: 0 };
    time.hosts += 1;
    time.longest_s = Math.max(time.longest_s, cell.duration_s ?? 0);
    time.whole_s += cell.duration_s ?? 0;
    if (cell.state === "changed") time.changed += 1;
    if (cell.state === "failed" || cell.state === "unreachable") time.failed += 1;
    times.set(step.key, time);
  }
  return [...times.values()].sort((a, b) => b.longest_s - a.longest_s);
}
