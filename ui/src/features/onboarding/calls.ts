import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";

export type Onboarding = Schemas["OnboardingView"];
export type Rotation = Schemas["RotationView"];
export type Preview = Schemas["ImportPreview"];
export type FileFormat = Schemas["ImportText"]["format"];

const LIVE_MS = 700;
const MOVING = new Set(["waiting", "running", "key_pending"]);

export const isMoving = (state: string): boolean => MOVING.has(state);

export const onboardingQuery = (id: number) =>
  queryOptions({
    queryKey: ["onboardings", id],
    queryFn: () => data(api.GET("/api/v1/onboardings/{onboarding_id}", { params: { path: { onboarding_id: id } } })),
    refetchInterval: (query) => (query.state.data && !isMoving(query.state.data.state) ? false : LIVE_MS),
  });

export const onboardingsQuery = (batch?: string) =>
  queryOptions({
    queryKey: ["onboardings", "list", batch ?? ""],
    queryFn: () => data(api.GET("/api/v1/onboardings", { params: { query: { batch } } })),
    refetchInterval: (query) => (query.state.data?.items.some((one) => isMoving(one.state)) ? LIVE_MS * 2 : false),
  });

export const rotationsQuery = queryOptions({
  queryKey: ["rotations"],
  queryFn: () => data(api.GET("/api/v1/key-rotations")),
  refetchInterval: (query) => (query.state.data?.items.some((one) => one.state === "running") ? LIVE_MS * 3 : false),
});

export const rotationQuery = (id: number) =>
  queryOptions({
    queryKey: ["rotations", id],
    queryFn: () => data(api.GET("/api/v1/key-rotations/{rotation_id}", { params: { path: { rotation_id: id } } })),
    refetchInterval: (query) =>
      query.state.data && ["done", "stopped"].includes(query.state.data.state) ? false : 1500,
  });

/** The steps of a first set-up, as its job tells them. */
export const setUpQuery = (jobId: number, moving: boolean) =>
  queryOptions({
    queryKey: ["onboardings", "set-up", jobId],
    queryFn: () =>
      data(api.GET("/api/v1/jobs/{job_id}/events", { params: { path: { job_id: jobId }, query: { limit: 200 } } })),
    refetchInterval: moving ? LIVE_MS * 2 : false,
  });

/** What kind of file this is, by its name and how it begins; the person can say otherwise. */
export function formatOf(name: string, text: string): FileFormat {
  if (/\.(csv|tsv|txt)$/i.test(name)) return "csv";
  if (/\.(ya?ml|ini)$/i.test(name) || /^\s*\[[^\]]+\]/m.test(text)) return "ansible";
  if (/^\s*(Host|Match)\s+\S/im.test(text)) return "ssh_config";
  return /ansible_host|^\s*all\s*:/m.test(text) ? "ansible" : "csv";
}
