interface Part {
  times: readonly number[];
  series: readonly { metric: string; instance: string; avg: readonly (number | null)[] }[];
}

interface Joined {
  times: number[];
  series: { metric: string; instance: string; avg: (number | null)[] }[];
  /** How many of the times were stored. */
  stored: number;
}

/** What was stored before the live window begins, and the window. */
export function join(stored: Part, live: Part): Joined {
  const first = live.times[0] ?? Number.POSITIVE_INFINITY;
  const end = stored.times.findIndex((time) => time >= first);
  const kept = end < 0 ? stored.times.length : end;
  const columns = new Map<string, Joined["series"][number]>();
  const empty = (count: number): null[] => new Array(count).fill(null);
  const key = (one: { metric: string; instance: string }) => `${one.metric}/${one.instance}`;
  for (const one of stored.series) {
    columns.set(key(one), { metric: one.metric, instance: one.instance, avg: one.avg.slice(0, kept) });
  }
  const fresh = new Set<string>();
  for (const one of live.series) {
    const before = columns.get(key(one))?.avg ?? empty(kept);
    columns.set(key(one), { metric: one.metric, instance: one.instance, avg: [...before, ...one.avg] });
    fresh.add(key(one));
  }
  for (const [name, one] of columns) {
    if (!fresh.has(name)) one.avg = [...one.avg, ...empty(live.times.length)];
  }
  return { times: [...stored.times.slice(0, kept), ...live.times], series: [...columns.values()], stored: kept };
}
