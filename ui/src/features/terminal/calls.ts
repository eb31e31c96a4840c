import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";
import type { Pane } from "./layout";
import type { Session } from "./wire";

export type Snippet = Schemas["SnippetView"];

const NO_CONTAINER = { container: "", engine: "docker", user: "" } as const;
const of = (id: string) => ({ params: { path: { terminal_id: id } } });

export const openSession = (pane: Pane, size: { columns: number; rows: number }): Promise<Session> =>
  data(api.POST("/api/v1/terminals", { body: { ...NO_CONTAINER, host_id: pane.hostId, ...size, ...pane.ask } }));
export const endSession = (id: string) => data(api.DELETE("/api/v1/terminals/{terminal_id}", of(id)));
export const shareSession = (id: string, shares: Session["shares"]) =>
  data(api.PUT("/api/v1/terminals/{terminal_id}/shares", { ...of(id), body: { shares } }));

const OFTEN_MS = 3000;

export const sessionsQuery = (all: boolean) =>
  queryOptions({
    queryKey: ["terminals", all],
    refetchInterval: OFTEN_MS,
    queryFn: () => data(api.GET("/api/v1/terminals", { params: { query: { all } } })),
  });
export const peopleQuery = (hostId: number) =>
  queryOptions({
    queryKey: ["terminal-people", hostId],
    queryFn: () => data(api.GET("/api/v1/terminals/people", { params: { query: { host_id: hostId } } })),
  });
export const snippetsQuery = queryOptions({
  queryKey: ["snippets"],
  queryFn: () => data(api.GET("/api/v1/snippets")),
});

/** The snippet for each host, its holes filled. */
export const expandSnippet = (id: number, hostIds: number[], values: Record<string, string>) =>
  data(
    api.POST("/api/v1/snippets/{snippet_id}/expand", {
      params: { path: { snippet_id: id } },
      body: { host_ids: hostIds, values },
    }),
  );

export const socketOf = (id: string): string =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/terminals/${encodeURIComponent(id)}/socket`;
