import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";
import { isOver } from "./order";
import { type JobsSearch, SPANS } from "./search";
import type { Job, Targets } from "./types";

const PAGE = 50;
/** While something runs, a list is read again so often. */
const SOON_MS = 2000;
const SELDOM_MS = 15_000;

const ofJob = (id: number) => ({ path: { job_id: id } });
const ofTemplate = (id: number) => ({ path: { template_id: id } });

const some = (hostId: number | null): number[] | undefined => (hostId === null ? undefined : [hostId]);

const pace = (jobs: readonly Job[]): number => (jobs.some((job) => !isOver(job.state)) ? SOON_MS : SELDOM_MS);

/** Jobs that fit, newest first. */
export const jobsQuery = (search: JobsSearch) =>
  infiniteQueryOptions({
    queryKey: ["jobs", search],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/jobs", { params: { query: filterOf(search, pageParam) } })),
    getNextPageParam: (page, pages) => {
      const read = pages.reduce((sum, one) => sum + one.items.length, 0);
      return read < page.total ? read : undefined;
    },
    refetchInterval: (query) => pace(query.state.data?.pages.flatMap((page) => page.items) ?? []),
  });

function filterOf({ q, state, kind, template, host, by, span }: JobsSearch, offset: number) {
  // to the minute, so that the same question is asked with the same words
  const since = span && new Date(Math.floor(Date.now() / 60_000) * 60_000 - SPANS[span] * 1000).toISOString();
  return {
    search: q,
    state,
    kind: kind === undefined ? undefined : [kind],
    template_id: template,
    host_id: host,
    launched_by: by,
    from: since,
    offset,
    limit: PAGE,
  };
}

export const waitingQuery = queryOptions({
  queryKey: ["jobs", "waiting"],
  refetchInterval: SELDOM_MS,
  queryFn: () =>
    data(api.GET("/api/v1/jobs", { params: { query: { state: ["waiting_approval" as const], limit: PAGE } } })),
});

export const jobQuery = (id: number) =>
  queryOptions({ queryKey: ["job", id], queryFn: () => data(api.GET("/api/v1/jobs/{job_id}", { params: ofJob(id) })) });

export const hostsQuery = (id: number) =>
  queryOptions({
    queryKey: ["job", id, "hosts"],
    queryFn: async () => (await data(api.GET("/api/v1/jobs/{job_id}/hosts", { params: ofJob(id) }))).items,
  });

export const groupsOfJobQuery = (id: number, at: string) =>
  queryOptions({
    queryKey: ["job", id, "groups", at],
    queryFn: () => data(api.GET("/api/v1/jobs/{job_id}/groups", { params: ofJob(id) })),
  });

export const matchesQuery = (id: number, hostId: number | null, words: string) =>
  queryOptions({
    queryKey: ["job", id, "matches", hostId, words],
    gcTime: 0,
    queryFn: () =>
      data(
        api.GET("/api/v1/jobs/{job_id}/search", {
          params: { ...ofJob(id), query: { text: words, host_id: some(hostId) } },
        }),
      ),
  });

export const filesQuery = (id: number) =>
  queryOptions({
    queryKey: ["job", id, "files"],
    queryFn: () => data(api.GET("/api/v1/jobs/{job_id}/files", { params: ofJob(id) })),
  });

const PIECES = 24;

/** The last pieces of output before one. */
export const outputBefore = (id: number, hostId: number | null, before: number) =>
  data(
    api.GET("/api/v1/jobs/{job_id}/output", {
      params: { ...ofJob(id), query: { before, limit: PIECES, host_id: some(hostId) } },
    }),
  );

export const STEPS_AT_ONCE = 5000;

/** Steps that changed since, without what they brought; so many at the most. */
export const eventsAfter = (id: number, after: number) =>
  data(api.GET("/api/v1/jobs/{job_id}/events", { params: { ...ofJob(id), query: { after, limit: STEPS_AT_ONCE } } }));

/** One step on one host with all that it brought. */
export const eventQuery = (id: number, step: string, hostId: number) =>
  queryOptions({
    queryKey: ["job", id, "event", step, hostId],
    queryFn: async () => {
      const query = { step, host_id: [hostId], full: true, limit: 1 };
      const page = await data(api.GET("/api/v1/jobs/{job_id}/events", { params: { ...ofJob(id), query } }));
      return page.items[0] ?? null;
    },
  });

export const previewQuery = (targets: Targets) =>
  queryOptions({
    queryKey: ["job-preview", targets],
    staleTime: 5000,
    queryFn: () => data(api.POST("/api/v1/jobs/preview", { body: { targets } })),
  });

export const kindsQuery = queryOptions({
  queryKey: ["job-kinds"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: () => data(api.GET("/api/v1/jobs/kinds")),
});

export const initStepsQuery = queryOptions({
  queryKey: ["init-steps"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: () => data(api.GET("/api/v1/jobs/init-steps")),
});

/** What the user has run lately, newest first, each once. */
export const commandsQuery = queryOptions({
  queryKey: ["job-commands"],
  queryFn: async () => (await data(api.GET("/api/v1/jobs/commands"))).items.map((one) => one.command),
});

export const launch = (body: Schemas["NewJob"]) => data(api.POST("/api/v1/jobs", { body }));

export const cancelJob = (id: number) =>
  data(api.POST("/api/v1/jobs/{job_id}/cancel", { params: ofJob(id), body: { note: "" } }));

interface Again extends Partial<Schemas["Relaunch"]> {
  id: number;
}

export const relaunchJob = ({ id, hosts = "all", ...rest }: Again) =>
  data(api.POST("/api/v1/jobs/{job_id}/relaunch", { params: ofJob(id), body: { hosts, ...rest } }));

interface Decision {
  id: number;
  approve: boolean;
  note: string;
}

export const decide = ({ id, approve, note }: Decision) =>
  approve
    ? data(api.POST("/api/v1/jobs/{job_id}/approve", { params: ofJob(id), body: { note } }))
    : data(api.POST("/api/v1/jobs/{job_id}/reject", { params: ofJob(id), body: { note } }));

const TEMPLATES = 200;

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: () => data(api.GET("/api/v1/job-templates", { params: { query: { limit: TEMPLATES } } })),
});

export const templateQuery = (id: number) =>
  queryOptions({
    queryKey: ["template", id],
    queryFn: () => data(api.GET("/api/v1/job-templates/{template_id}", { params: ofTemplate(id) })),
  });

export const addTemplate = (body: Schemas["NewTemplate"]) => data(api.POST("/api/v1/job-templates", { body }));
export const changeTemplate = (id: number, body: Schemas["TemplateChanges"]) =>
  data(api.PATCH("/api/v1/job-templates/{template_id}", { params: ofTemplate(id), body }));
export const deleteTemplate = (id: number) =>
  data(api.DELETE("/api/v1/job-templates/{template_id}", { params: ofTemplate(id) }));

interface TemplateLaunch {
  id: number;
  body: Schemas["Launch"];
}

export const launchTemplate = ({ id, body }: TemplateLaunch) =>
  data(api.POST("/api/v1/job-templates/{template_id}/launch", { params: ofTemplate(id), body }));

const base = (id: number) => `/api/v1/jobs/${id}`;

/** Addresses of downloads. */
export const outputOf = (id: number, hostId: number | null): string =>
  `${base(id)}/download${hostId === null ? "" : `?host_id=${hostId}`}`;
export const exportOf = (id: number, format: "text" | "json" | "csv"): string =>
  format === "text" ? outputOf(id, null) : `${base(id)}/export?format=${format}`;
export const fileOf = (id: number, fileId: number): string => `${base(id)}/files/${fileId}`;
