import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, data, Problem, type Schemas } from "../../api/client";
import { type Cast, emptyCast, takeLine } from "./cast";
import type { RecordingSearch } from "./search";

export type Recording = Schemas["RecordingView"];

const PAGE = 50;

export const recordingsQuery = ({ q, host, user }: RecordingSearch) =>
  infiniteQueryOptions({
    queryKey: ["recordings", q ?? "", host ?? 0, user ?? 0],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) =>
      data(
        api.GET("/api/v1/recordings", {
          params: { query: { search: q, host_id: host, user_id: user, before: pageParam, limit: PAGE } },
        }),
      ),
    getNextPageParam: (page) => (page.items.length < PAGE ? undefined : page.items.at(-1)?.id),
  });

export const recordingQuery = (id: number) =>
  queryOptions({
    queryKey: ["recording", id],
    queryFn: () => data(api.GET("/api/v1/recordings/{recording_id}", { params: { path: { recording_id: id } } })),
  });

export const deleteRecording = (id: number) =>
  data(api.DELETE("/api/v1/recordings/{recording_id}", { params: { path: { recording_id: id } } }));

export const downloadOf = (id: number): string => `/api/v1/recordings/${id}/cast?download=true`;

/** Reads a recording as it comes; `read` hears how many bytes have come. */
export async function readCast(id: number, signal: AbortSignal, read: (bytes: number) => void): Promise<Cast> {
  const answer = await fetch(`/api/v1/recordings/${id}/cast?encoding=base64`, { credentials: "same-origin", signal });
  if (!answer.ok || !answer.body) throw await problemOf(answer);
  const cast = emptyCast();
  const reader = answer.body.getReader();
  const letters = new TextDecoder();
  let rest = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    read(bytes);
    const lines = (rest + letters.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) takeLine(cast, line);
  }
  takeLine(cast, rest);
  return cast;
}

async function problemOf(answer: Response): Promise<Problem> {
  const body = await answer.json().catch(() => ({}));
  return new Problem(answer.status, body.code ?? "unknown", body.detail ?? answer.statusText);
}
