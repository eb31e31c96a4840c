/** One command that was given to many hosts, and how it went on each. Pure. */

export interface Run {
  line: string;
  startedAt: number;
  /** When its last line was another one. */
  changedAt: number;
  endedAt: number | null;
  /** Null where the shell did not say. */
  code: number | null;
  /** The last line of what it printed; empty when it printed nothing. */
  last: string;
  /** The shell was asked to say how it ended; otherwise it counts as ended when nothing more is printed. */
  asked: boolean;
}

/** What stands behind the command has the terminal told how it ended; understood by POSIX shells. */
export const MARK = 7719;
export const withMark = (line: string): string => `${line} ; printf '\\033]${MARK};%s\\007' "$?"`;

export const isRunning = (run: Run): boolean => run.endedAt === null;

const outcome = (run: Run): string => `${run.code} ${run.last}`;

/** Those whose outcome is another than that of most; nobody while there is no such thing as most. */
export function differing(runs: ReadonlyMap<string, Run>): Set<string> {
  const ended = [...runs].filter(([, run]) => !isRunning(run));
  const counts = new Map<string, number>();
  for (const [, run] of ended) counts.set(outcome(run), (counts.get(outcome(run)) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  const common = [...counts].filter(([, count]) => count === most);
  if (common.length !== 1 || ended.length < 2) return new Set(counts.size > 1 ? ended.map(([id]) => id) : []);
  return new Set(ended.filter(([, run]) => outcome(run) !== common[0]?.[0]).map(([id]) => id));
}
