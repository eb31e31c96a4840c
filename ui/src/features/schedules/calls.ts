import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";

export type Schedule = Schemas["ScheduleView"];
export type Coming = Schemas["Coming"];
export type Rule = Schedule["rule"];
export type Window = Schemas["Window"];
export type Template = Schemas["TemplateView"];

export const schedulesQuery = queryOptions({
  queryKey: ["schedules"],
  queryFn: () => data(api.GET("/api/v1/schedules")),
  refetchInterval: 10_000,
});
export const templatesQuery = queryOptions({
  queryKey: ["schedule-templates"],
  queryFn: () => data(api.GET("/api/v1/job-templates", { params: { query: { limit: 1000 } } })),
});
export const workflowsQuery = queryOptions({
  queryKey: ["schedule-workflows"],
  queryFn: () => data(api.GET("/api/v1/workflows", { params: { query: { limit: 1000 } } })),
});
export const previewQuery = (rule: Rule, zone: string, windows: Window[]) =>
  queryOptions({
    queryKey: ["schedule-preview", rule, zone, windows],
    queryFn: () => data(api.POST("/api/v1/schedules/preview", { body: { rule, zone, windows, number: 5 } })),
    placeholderData: keepPreviousData,
    retry: false,
  });
/** Days of `zone`, the last not among them. */
export const planQuery = (from: string, to: string, zone: string) =>
  queryOptions({
    queryKey: ["schedules", "plan", from, to, zone],
    queryFn: () => data(api.GET("/api/v1/schedules/plan", { params: { query: { from, to, zone } } })),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
export const firesQuery = (id: number) =>
  queryOptions({
    queryKey: ["schedules", "fires", id],
    queryFn: () =>
      data(
        api.GET("/api/v1/schedules/{schedule_id}/fires", {
          params: { path: { schedule_id: id }, query: { limit: 100 } },
        }),
      ),
    refetchInterval: 5_000,
  });

export const pause = ({ id, enabled }: { id: number; enabled: boolean }) =>
  data(api.PATCH("/api/v1/schedules/{schedule_id}", { params: { path: { schedule_id: id } }, body: { enabled } }));
export const runNow = (id: number) =>
  data(api.POST("/api/v1/schedules/{schedule_id}/run", { params: { path: { schedule_id: id } } }));
export const remove = (id: number) =>
  data(api.DELETE("/api/v1/schedules/{schedule_id}", { params: { path: { schedule_id: id } } }));

/** A time by a schedule's own wall clock: "2026-11-27T09:30:00+08:00" as "2026-11-27 09:30 +08:00". */
export const wall = (local: string): string => `${local.slice(0, 10)} ${local.slice(11, 16)} ${local.slice(19) || "Z"}`;
