import { Problem, problemOf } from "../../api/client";

/** A stream of JSON objects, one a line, as they come. Ends with the answer or the signal. */
export async function* lines<T>(url: string, signal: AbortSignal): AsyncGenerator<T> {
  let response: Response;
  try {
    response = await fetch(url, { signal, credentials: "same-origin", headers: { Accept: "application/x-ndjson" } });
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof Problem ? error : new Problem(0, "offline", "offline");
  }
  if (!response.ok) throw await problemOf(response);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = parts.pop() as string;
      for (const part of parts) if (part) yield JSON.parse(part) as T;
    }
    if (rest.trim()) yield JSON.parse(rest) as T;
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof SyntaxError ? error : new Problem(0, "offline", "offline");
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

/** An address below a host's files. */
export function address(hostId: number, what: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return `/api/v1/hosts/${hostId}/files/${what}${text ? `?${text}` : ""}`;
}
