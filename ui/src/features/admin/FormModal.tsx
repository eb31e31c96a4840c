import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "../../parts/Notices";

interface FormModalProps {
  title: string;
  action: string;
  busy: boolean;
  error: unknown;
  /** Why it cannot be sent yet. */
  why?: string;
  children: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
}

/** A form over the page; a press beside it does not throw away what was typed. */
export function FormModal({ title, action, busy, error, why, children, onSubmit, onClose }: FormModalProps) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (why === undefined && !busy) onSubmit();
        }}
      >
        <Stack gap="sm">
          {children}
          {error ? <ErrorNote error={error} /> : null}
          <Group justify="flex-end" gap="xs">
            {why && (
              <Text size="xs" c="dimmed" style={{ flex: 1 }}>
                {why}
              </Text>
            )}
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={why !== undefined}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
