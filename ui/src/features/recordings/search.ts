export interface RecordingSearch {
  q?: string;
  host?: number;
  user?: number;
}

const idOf = (value: unknown): number | undefined =>
  Number.isInteger(value) && (value as number) > 0 ? (value as number) : undefined;

export function recordingSearch(search: Record<string, unknown>): RecordingSearch {
  const { q, host, user } = search;
  return { q: q === undefined || q === "" ? undefined : String(q), host: idOf(host), user: idOf(user) };
}

/** The moment that a link leads to, in seconds. */
export function momentSearch(search: Record<string, unknown>): { t?: number } {
  const { t } = search;
  return { t: typeof t === "number" && t >= 0 && Number.isFinite(t) ? t : undefined };
}
