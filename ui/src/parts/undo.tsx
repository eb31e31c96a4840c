import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";

const SHOWN_MS = 10_000;

/** Says what has been done, with the button that takes it back; what comes back withdraws the offer. */
export function offerUndo(message: string, undo: () => void): () => void {
  const id = notifications.show({
    autoClose: SHOWN_MS,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {i18next.t("action.undo")}
        </Button>
      </Group>
    ),
  });
  return () => notifications.hide(id);
}
