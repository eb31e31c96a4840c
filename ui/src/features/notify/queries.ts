import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";

export type Channel = Schemas["ChannelView"];
export type Route = Schemas["RouteView"];
export type Kind = Schemas["ChannelKindView"];
export type News = Schemas["News"];

export const NEWS: readonly News[] = [
  "host_down",
  "host_up",
  "host_needs_you",
  "job_started",
  "job_succeeded",
  "job_failed",
  "job_long",
  "job_waits",
  "schedule_missed",
];

export const channelsQuery = queryOptions({
  queryKey: ["channels"],
  queryFn: () => data(api.GET("/api/v1/notify/channels")),
  refetchInterval: 10_000,
});
export const kindsQuery = queryOptions({
  queryKey: ["channel-kinds"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: () => data(api.GET("/api/v1/notify/kinds")),
});
export const routesQuery = queryOptions({
  queryKey: ["notice-routes"],
  queryFn: () => data(api.GET("/api/v1/notify/routes")),
});
export const deliveriesQuery = queryOptions({
  queryKey: ["deliveries"],
  queryFn: () => data(api.GET("/api/v1/notify/deliveries", { params: { query: { limit: 50 } } })),
  refetchInterval: 5_000,
});
export const ownNewsQuery = queryOptions({
  queryKey: ["own-news"],
  queryFn: () => data(api.GET("/api/v1/me/notify")),
});

/** Sends the link that confirms one's own address; a refusal is the result, not an error. */
export const useAsk = () => useChange(() => data(api.POST("/api/v1/me/notify/confirm")), ["own-news"]);

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
export const zones = (): string[] => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
