import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { Decision } from "../../jobs/templates/Decision";
import { decideApproval } from "../calls";

/** What a second person is asked of a workflow, and their answer. */
export function WorkflowDecision({ id, text, may }: { id: number; text: string; may: boolean }) {
  const { t } = useTranslation();
  const decided = useChange(decideApproval, ["workflow-run", "workflow-runs", "workflow-approvals"]);
  return (
    <Stack gap="xs" mt={6}>
      {text && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {text}
        </Text>
      )}
      <Decision
        may={may}
        why={t("workflowRun.mayNotDecide")}
        busy={decided.isPending}
        error={decided.error}
        onDecide={(approve, note) => decided.mutate({ id, approve, note })}
      />
    </Stack>
  );
}
