import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "../../../parts/Notices";

interface DecisionProps {
  /** May who looks at it decide? If not, it says why in place of what could not be used. */
  may: boolean;
  /** Why not. */
  why: string;
  busy: boolean;
  error: Error | null;
  onDecide: (approve: boolean, note: string) => void;
}

/** What a second person can answer, of tasks and of workflows alike; each answer is asked for once more. */
export function Decision({ may, why, busy, error, onDecide }: DecisionProps) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState<"" | "approve" | "reject">("");
  if (!may)
    return (
      <Text size="sm" c="dimmed" data-may-not-decide>
        {why}
      </Text>
    );
  return (
    <Stack gap="xs">
      {error && <ErrorNote error={error} />}
      <TextInput
        aria-label={t("approval.note")}
        placeholder={t("approval.note")}
        maxLength={1000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {asked ? (
        <Group gap="xs" wrap="nowrap">
          <Button
            color={asked === "reject" ? "red.8" : undefined}
            loading={busy}
            onClick={() => onDecide(asked === "approve", note)}
          >
            {t(asked === "approve" ? "approval.approveSure" : "approval.rejectSure")}
          </Button>
          <Button variant="default" onClick={() => setAsked("")}>
            {t("action.cancel")}
          </Button>
        </Group>
      ) : (
        <Group gap="xs" wrap="nowrap">
          <Button leftSection={<IconCheck size={16} />} onClick={() => setAsked("approve")}>
            {t("approval.approve")}
          </Button>
          <Button variant="default" leftSection={<IconX size={16} />} onClick={() => setAsked("reject")}>
            {t("approval.reject")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
