import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "../../parts/Notices";

interface FormModalProps {
  title: string;
  action: string;
  busy: boolean;
  error: unknown;
  disabled?: boolean;
  children: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
}

export function FormModal({ title, action, busy, error, disabled, children, onSubmit, onClose }: FormModalProps) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <Stack gap="sm">
          {children}
          {error ? <ErrorNote error={error} /> : null}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={disabled}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
