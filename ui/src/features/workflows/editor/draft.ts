import { NO_TARGETS } from "../../jobs/run/draft";
import { isEmpty } from "../../jobs/run/useResolved";
import { NOTIFY } from "../../jobs/templates/form";
import type { Notify, Question, Targets, Template } from "../../jobs/types";
import { inCircle, laidOut, type Way, type When } from "../graph";
import type { NodeIn, Workflow } from "../types";

type Value = string | number | boolean | null;

export interface NodeDraft extends Omit<NodeIn, "params" | "targets"> {
  params: Record<string, Value>;
  targets: Targets | null;
  /** Secret answers that are kept: left empty, they stay. */
  secrets_set: readonly string[];
}

/** A workflow while it is written. */
export interface WorkflowDraft {
  name: string;
  description: string;
  survey: Question[];
  nodes: NodeDraft[];
  edges: Way[];
  notify: Notify;
  launcher_ids: number[] | null;
}

export const BLANK: WorkflowDraft = {
  name: "",
  description: "",
  survey: [],
  nodes: [],
  edges: [],
  notify: NOTIFY,
  launcher_ids: null,
};

/** `copied`: as another workflow, for which no secret is kept. */
export const draftOf = (workflow: Workflow, copied?: string): WorkflowDraft => ({
  name: copied ?? workflow.name,
  description: workflow.description,
  survey: workflow.survey as Question[],
  nodes: workflow.nodes.map(({ template_name: _, ...node }) => ({
    ...node,
    kind: node.kind as NodeDraft["kind"],
    converge: node.converge as NodeDraft["converge"],
    params: node.params as NodeDraft["params"],
    targets: node.targets && { ...NO_TARGETS, ...node.targets },
    secrets_set: copied === undefined ? node.secrets_set : [],
  })),
  edges: [...workflow.edges],
  notify: { ...NOTIFY, ...workflow.notify },
  launcher_ids: workflow.launcher_ids,
});

/** What is sent: nodes with the places at which they are drawn. */
export function bodyOf(draft: WorkflowDraft) {
  const { places } = laidOut(
    draft.nodes.map((one) => one.key),
    draft.edges,
  );
  const nodes = draft.nodes.map(({ secrets_set: _, ...node }) => {
    const given = Object.entries(node.params).filter(([, value]) => value !== null && value !== "");
    const targets = node.targets && !isEmpty(node.targets) ? node.targets : null;
    return { ...node, ...places.get(node.key), params: Object.fromEntries(given), targets };
  });
  return { ...draft, nodes };
}

function freshKey(draft: WorkflowDraft): string {
  const used = new Set(draft.nodes.map((one) => one.key));
  let number = draft.nodes.length + 1;
  while (used.has(`n${number}`)) number += 1;
  return `n${number}`;
}

/** With one more node, behind another one if that is named; and its key. */
export function withNode(draft: WorkflowDraft, kind: NodeDraft["kind"], after: string | null): [WorkflowDraft, string] {
  const key = freshKey(draft);
  const node: NodeDraft = {
    key,
    kind,
    title: "",
    text: "",
    template_id: null,
    params: {},
    targets: null,
    converge: "any",
    timeout_s: 0,
    x: 0,
    y: 0,
    secrets_set: [],
  };
  const edges = after === null ? draft.edges : [...draft.edges, { from: after, to: key, when: "success" as const }];
  return [{ ...draft, nodes: [...draft.nodes, node], edges }, key];
}

export const withoutNode = (draft: WorkflowDraft, key: string): WorkflowDraft => ({
  ...draft,
  nodes: draft.nodes.filter((one) => one.key !== key),
  edges: draft.edges.filter((one) => one.from !== key && one.to !== key),
});

export const changed = (draft: WorkflowDraft, key: string, next: Partial<NodeDraft>): WorkflowDraft => ({
  ...draft,
  nodes: draft.nodes.map((one) => (one.key === key ? { ...one, ...next } : one)),
});

/** With the way that leads from one to another; there is one for a pair. */
export const withWay = (draft: WorkflowDraft, from: string, to: string, when: When): WorkflowDraft => {
  const there = draft.edges.some((one) => one.from === from && one.to === to);
  const edges = there
    ? draft.edges.map((one) => (one.from === from && one.to === to ? { ...one, when } : one))
    : [...draft.edges, { from, to, when }];
  return { ...draft, edges };
};

export const withoutWay = (draft: WorkflowDraft, from: string, to: string): WorkflowDraft => ({
  ...draft,
  edges: draft.edges.filter((one) => one.from !== from || one.to !== to),
});

export function titleOf(node: NodeDraft, templates: ReadonlyMap<number, Template>): string {
  const template = node.template_id === null ? undefined : templates.get(node.template_id);
  return node.title || template?.name || (node.kind === "approval" ? "" : "…");
}

/** What is wrong with a node, as a key of the catalogue below `workflow.fault`. */
export function faultOf(node: NodeDraft, draft: WorkflowDraft, templates: ReadonlyMap<number, Template> | null) {
  if (inCircle(node.key, draft.edges)) return "circle";
  if (node.kind === "approval") return node.title.trim() ? null : "title";
  if (node.template_id === null) return "template";
  return templates && !templates.has(node.template_id) ? "gone" : null;
}

/** The controller's errors by the key of the node that they are about; ways count for the node they leave. */
export function errorsByNode(
  errors: Readonly<Record<string, string>>,
  sent: WorkflowDraft,
): ReadonlyMap<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  for (const [field, message] of Object.entries(errors)) {
    const match = /^(nodes|edges)\[(\d+)\]\.?(.*)$/.exec(field);
    if (!match) continue;
    const place = Number(match[2]);
    const key = match[1] === "nodes" ? sent.nodes[place]?.key : sent.edges[place]?.from;
    if (key === undefined) continue;
    found.set(key, { ...found.get(key), [match[1] === "nodes" ? (match[3] ?? "") : "ways"]: message });
  }
  return found;
}
