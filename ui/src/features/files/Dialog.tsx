import { Button, Group, Modal, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";

interface DialogProps {
  title: string;
  action: string;
  /** Why it cannot be done yet. */
  why?: string;
  color?: string;
  size?: string;
  onDo: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}

/** A question with fields: done by Enter, closed when it has succeeded, else it says why not. */
export function Dialog({ title, action, why, color, size, onDo, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const go = async () => {
    if (why !== undefined) return;
    setBusy(true);
    setError(null);
    try {
      await onDo();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Stack gap="sm">
          {children}
          {error !== null && <ErrorNote error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <WhyButton type="submit" color={color} loading={busy} why={why}>
              {action}
            </WhyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
