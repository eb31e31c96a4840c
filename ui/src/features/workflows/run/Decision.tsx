import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { ErrorNote } from "../../../parts/Notices";
import { WhyButton } from "../../../parts/WhyButton";
import { decideApproval } from "../calls";

/** What a second person is asked, and the two buttons; each asks once more. */
export function Decision({ id, text, may }: { id: number; text: string; may: boolean }) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState<"" | "approve" | "deny">("");
  const decided = useChange(decideApproval, ["workflow-run", "workflow-runs", "workflow-approvals"]);
  const why = may ? undefined : t("workflowRun.mayNotDecide");
  return (
    <Stack gap="xs" mt={6}>
      {text && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {text}
        </Text>
      )}
      {decided.error && <ErrorNote error={decided.error} />}
      <TextInput
        aria-label={t("approval.note")}
        placeholder={t("approval.note")}
        maxLength={1000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {asked ? (
        <Group gap="xs">
          <Button
            color={asked === "deny" ? "red.8" : undefined}
            loading={decided.isPending}
            onClick={() => decided.mutate({ id, approve: asked === "approve", note })}
          >
            {t(asked === "approve" ? "workflowRun.approveSure" : "workflowRun.denySure")}
          </Button>
          <Button variant="default" onClick={() => setAsked("")}>
            {t("action.cancel")}
          </Button>
        </Group>
      ) : (
        <Group gap="xs">
          <WhyButton why={why} leftSection={<IconCheck size={16} />} onClick={() => setAsked("approve")}>
            {t("workflowRun.approve")}
          </WhyButton>
          <WhyButton variant="default" why={why} leftSection={<IconX size={16} />} onClick={() => setAsked("deny")}>
            {t("workflowRun.deny")}
          </WhyButton>
        </Group>
      )}
    </Stack>
  );
}
