import { Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNow } from "../../../live/hooks";
import { When } from "../../../parts/When";
import { lengthOf, spanOf } from "../../jobs/order";
import { NodeBadge } from "../states";
import type { RunNode } from "../types";
import { WorkflowDecision } from "./Decision";

/** The same as the graph, as a list: for phones, and for those who listen. */
export function NodeList({ nodes }: { nodes: readonly RunNode[] }) {
  const { t } = useTranslation();
  const now = useNow(nodes.some((one) => one.started_at && !one.ended_at) ? 1000 : 60_000);
  return (
    <section className="card" aria-label={t("workflowRun.nodes")}>
      <ol className="flow-steps">
        {nodes.map((node) => (
          <Item key={node.key} node={node} now={now} />
        ))}
      </ol>
    </section>
  );
}

function Item({ node, now }: { node: RunNode; now: number }) {
  const { t, i18n } = useTranslation();
  const title = node.title || node.template_name || node.key;
  const length = lengthOf(node.started_at, node.ended_at, now);
  const notes = [
    node.carried && t("workflowRun.carried"),
    node.decided_by &&
      t(node.state === "succeeded" ? "workflowRun.approvedBy" : "workflowRun.deniedBy", { name: node.decided_by }),
    node.note,
  ].filter(Boolean);
  return (
    <li id={`node-${node.key}`} tabIndex={-1} data-node={title} data-node-state={node.state}>
      <Group justify="space-between" gap="xs">
        {node.job_id ? (
          <Link to="/jobs/$jobId" params={{ jobId: String(node.job_id) }} className="row-link">
            <Text span size="sm" fw={550}>
              {title}
            </Text>
          </Link>
        ) : (
          <Text size="sm" fw={550}>
            {title}
          </Text>
        )}
        <NodeBadge state={node.state} />
      </Group>
      <Text size="xs" c="dimmed">
        {t(`workflow.kind.${node.kind === "approval" ? "approval" : "template"}`)}
        {node.kind !== "approval" && node.title && node.template_name && `: ${node.template_name}`}
        {length !== null && ` · ${spanOf(length, i18n.language)}`}
        {node.due_at && node.state === "waiting_approval" && (
          <>
            {" · "}
            {t("workflowRun.due")} <When at={node.due_at} />
          </>
        )}
      </Text>
      {notes.map((note) => (
        <Text key={String(note)} size="xs">
          {note}
        </Text>
      ))}
      {node.kind === "approval" && node.state === "waiting_approval" && (
        <WorkflowDecision id={node.id} text={node.text} may={node.may_decide} />
      )}
    </li>
  );
}
