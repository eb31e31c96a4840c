import { Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { When } from "../../../parts/When";
import type { Approval } from "../types";
import { WorkflowDecision } from "./Decision";

/** One approval of a workflow that somebody waits for. */
export function WorkflowApprovalCard({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  return (
    <section className="card panel" aria-label={approval.title} data-workflow-approval={approval.id}>
      <Group justify="space-between" gap="xs">
        <Link to="/workflow-runs/$runId" params={{ runId: String(approval.run_id) }} className="row-link plain-link">
          <Text span fw={550}>
            {approval.name}: {approval.title}
          </Text>
        </Link>
        <Text size="sm" c="dimmed">
          {t("job.by", { name: approval.launched_by || t("jobs.itself") })} · <When at={approval.started_at} />
          {approval.due_at && (
            <>
              {" · "}
              {t("workflowRun.due")} <When at={approval.due_at} />
            </>
          )}
        </Text>
      </Group>
      <WorkflowDecision id={approval.id} text={approval.text} may={approval.may_decide} />
    </section>
  );
}
