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

export const MARK = 7719;

/**
 * The command, and behind it what has the terminal told how it ended, in words that sh, bash, zsh, ksh, csh and fish all
 * read: csh and fish have the code in `$status`, the others in `$?`, which the three kinds of quoting around it hide
 * from fish (an error there) and turn into the constant 0 or 1 for csh. The space in front keeps it out of histories.
 */
export function withMark(line: string): string {
  const joint = /(?:^|[^&])&\s*$|;\s*$/.test(line) ? "" : " ;"; // behind a & or a ; there is none
  return ` ${line}${joint} printf '\\033]${MARK};%s;%s\\007' "$status" '\\'$?0'\\'`;
}

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
