import type { Schemas } from "../../api/client";

export type Workflow = Schemas["WorkflowView"];
export type WorkflowNode = Schemas["WorkflowNode"];
export type NodeIn = Required<Schemas["Node"]>;
export type Run = Schemas["RunView"];
export type RunDetail = Schemas["RunDetail"];
export type RunNode = Schemas["NodeView"];
export type RunState = Schemas["RunState"];
export type NodeState = Schemas["NodeState"];
export type Approval = Schemas["ApprovalView"];

export const RUN_STATES: readonly RunState[] = ["running", "canceling", "failed", "canceled", "succeeded"];
/** What needs somebody first. */
export const NODE_STATES: readonly NodeState[] = [
  "failed",
  "interrupted",
  "canceled",
  "waiting_approval",
  "running",
  "succeeded",
  "waiting",
  "skipped",
];

export const isOver = (state: RunState): boolean => state !== "running" && state !== "canceling";
