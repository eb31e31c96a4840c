import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";
import type { RunsSearch } from "./search";
import { isOver, type RunDetail } from "./types";

const PAGE = 50;
const WORKFLOWS = 200;
const SOON_MS = 1500;
const SELDOM_MS = 15_000;

const ofWorkflow = (id: number) => ({ path: { workflow_id: id } });
const ofRun = (id: number) => ({ path: { run_id: id } });

export const workflowsQuery = queryOptions({
  queryKey: ["workflows"],
  refetchInterval: SELDOM_MS,
  queryFn: () => data(api.GET("/api/v1/workflows", { params: { query: { limit: WORKFLOWS } } })),
});

export const workflowQuery = (id: number) =>
  queryOptions({
    queryKey: ["workflow", id],
    queryFn: () => data(api.GET("/api/v1/workflows/{workflow_id}", { params: ofWorkflow(id) })),
  });

export const addWorkflow = (body: Schemas["NewWorkflow"]) => data(api.POST("/api/v1/workflows", { body }));
export const changeWorkflow = (id: number, body: Schemas["WorkflowChanges"]) =>
  data(api.PATCH("/api/v1/workflows/{workflow_id}", { params: ofWorkflow(id), body }));
export const deleteWorkflow = (id: number) =>
  data(api.DELETE("/api/v1/workflows/{workflow_id}", { params: ofWorkflow(id) }));

interface Launch {
  id: number;
  body: Schemas["WorkflowLaunch"];
}

export const launchWorkflow = ({ id, body }: Launch) =>
  data(api.POST("/api/v1/workflows/{workflow_id}/launch", { params: ofWorkflow(id), body }));

/** Runs that fit, newest first. */
export const runsQuery = ({ q, state, workflow }: RunsSearch) =>
  infiniteQueryOptions({
    queryKey: ["workflow-runs", { q, state, workflow }],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => {
      const query = { search: q, state, workflow_id: workflow, offset: pageParam, limit: PAGE };
      return data(api.GET("/api/v1/workflow-runs", { params: { query } }));
    },
    getNextPageParam: (page, pages) => {
      const read = pages.reduce((sum, one) => sum + one.items.length, 0);
      return read < page.total ? read : undefined;
    },
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((run) => !isOver(run.state))) ? SOON_MS : SELDOM_MS,
  });

/** One run, read again while it goes on. */
export const runQuery = (id: number) =>
  queryOptions({
    queryKey: ["workflow-run", id],
    queryFn: () => data(api.GET("/api/v1/workflow-runs/{run_id}", { params: ofRun(id) })),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.run.state) ? false : SOON_MS),
  });

export const cancelRun = (id: number): Promise<RunDetail> =>
  data(api.POST("/api/v1/workflow-runs/{run_id}/cancel", { params: ofRun(id), body: { note: "" } }));
export const relaunchRun = ({ id, nodes }: { id: number; nodes: "all" | "failed" }) =>
  data(api.POST("/api/v1/workflow-runs/{run_id}/relaunch", { params: ofRun(id), body: { nodes, params: {} } }));
export const deleteRun = (id: number) => data(api.DELETE("/api/v1/workflow-runs/{run_id}", { params: ofRun(id) }));

/** Approvals of workflows that somebody waits for. */
export const approvalsQuery = queryOptions({
  queryKey: ["workflow-approvals"],
  refetchInterval: SELDOM_MS,
  queryFn: () => data(api.GET("/api/v1/workflow-approvals")),
});

interface Decision {
  id: number;
  approve: boolean;
  note: string;
}

export const decideApproval = ({ id, approve, note }: Decision) => {
  const params = { path: { approval_id: id } };
  return approve
    ? data(api.POST("/api/v1/workflow-approvals/{approval_id}/approve", { params, body: { note } }))
    : data(api.POST("/api/v1/workflow-approvals/{approval_id}/deny", { params, body: { note } }));
};
