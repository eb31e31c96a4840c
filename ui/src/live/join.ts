interface Series {
  metric: string;
  instance: string;
  avg: readonly (number | null)[];
}

interface Part {
  times: readonly number[];
  series: readonly Series[];
}

interface Joined {
  times: number[];
  series: { metric: string; instance: string; avg: (number | null)[] }[];
}

/** Seconds without a live reading after which another look begins. */
const EPISODE_S = 5;

const key = (one: { metric: string; instance: string }) => `${one.metric}/${one.instance}`;

/**
 * What was seen second by second, and where nobody looked, what is stored.
 *
 * A stored reading stands for the `nearS` seconds around it: within that distance of a live one it is left out, but for
 * series that are not read every second.
 */
export function join(stored: Part, looked: Part, nearS: number, isSlow: (metric: string) => boolean): Joined {
  const live = withoutBaselines(looked);
  const places = weave(stored.times, live.times);
  const near = (at: number) => isNear(live.times, stored.times[at] as number, nearS);
  const kept = places.filter(({ from, at }) => from === "live" || !near(at) || hasSlow(stored, at, isSlow));
  const columns = new Map<string, { metric: string; instance: string; stored?: Series; live?: Series }>();
  for (const one of stored.series) columns.set(key(one), { metric: one.metric, instance: one.instance, stored: one });
  for (const one of live.series) {
    const known = columns.get(key(one));
    if (known) known.live = one;
    else columns.set(key(one), { metric: one.metric, instance: one.instance, live: one });
  }
  return {
    times: kept.map(({ from, at }) => (from === "live" ? live.times[at] : stored.times[at]) as number),
    series: [...columns.values()].map((one) => {
      const slow = isSlow(one.metric);
      const avg = kept.map(({ from, at }) => {
        if (from === "live") return one.live?.avg[at] ?? null;
        return slow || !near(at) ? (one.stored?.avg[at] ?? null) : null;
      });
      return { metric: one.metric, instance: one.instance, avg: slow ? avg : bridged(avg, kept, near) };
    }),
  };
}

/** Without the readings with which somebody began to look: rates have no earlier one to differ from there. */
function withoutBaselines({ times, series }: Part): Part {
  const begins = (at: number) => at === 0 || (times[at] as number) - (times[at - 1] as number) > EPISODE_S;
  const good = times.map((_, at) => !(begins(at) && series.some((one) => one.avg[at] == null)));
  if (good.every(Boolean)) return { times, series };
  const pick = <T>(values: readonly T[]) => values.filter((_, at) => good[at]);
  return { times: pick(times), series: series.map((one) => ({ ...one, avg: pick(one.avg) })) };
}

interface Place {
  from: "stored" | "live";
  at: number;
}

/** Both lists of times as one, in order. */
function weave(stored: readonly number[], live: readonly number[]): Place[] {
  const places: Place[] = [];
  let s = 0;
  let l = 0;
  while (s < stored.length || l < live.length) {
    const first = (stored[s] ?? Number.POSITIVE_INFINITY) < (live[l] ?? Number.POSITIVE_INFINITY);
    places.push(first ? { from: "stored", at: s++ } : { from: "live", at: l++ });
  }
  return places;
}

function isNear(times: readonly number[], time: number, nearS: number): boolean {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time - nearS) low = middle + 1;
    else high = middle;
  }
  return low < times.length && (times[low] as number) <= time + nearS;
}

function hasSlow(stored: Part, at: number, isSlow: (metric: string) => boolean): boolean {
  return stored.series.some((one) => isSlow(one.metric) && one.avg[at] != null);
}

/** Times that are there only for slow series break no other line. */
function bridged(avg: (number | null)[], places: readonly Place[], near: (at: number) => boolean): (number | null)[] {
  return avg.map((value, place) => {
    const { from, at } = places[place] as Place;
    if (value !== null || from === "live" || !near(at)) return value;
    return place > 0 ? (avg[place - 1] ?? null) : null;
  });
}

/** What is read once in a while holds until the next reading, for `holdS` seconds at the most. */
export function held(times: readonly number[], values: readonly (number | null)[], holdS: number): (number | null)[] {
  let last: number | null = null;
  let since = Number.NEGATIVE_INFINITY;
  return values.map((value, at) => {
    const time = times[at] as number;
    if (value !== null) {
      last = value;
      since = time;
      return value;
    }
    return time - since <= holdS ? last : null;
  });
}
