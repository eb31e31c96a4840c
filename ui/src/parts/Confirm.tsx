import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "./Notices";
import { WhyButton } from "./WhyButton";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  action: string;
  /** To be typed before harm of the bigger kind. */
  word?: string;
  /** It asks about something that does no harm by itself. */
  harmless?: boolean;
  /** Why it cannot be confirmed yet, such as for something that has to be chosen first. */
  why?: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

export function Confirm({ title, children, action, word, harmless = false, why, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const held = why ?? (word !== undefined && typed !== word ? t("confirm.type", { word }) : undefined);
  const go = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (held === undefined) go();
        }}
      >
        <Stack gap="sm">
          <Text size="sm" component="div">
            {children}
          </Text>
          {word && (
            <TextInput
              label={t("confirm.type", { word })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {error !== null && <ErrorNote error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <WhyButton color={harmless ? undefined : "red.8"} type="submit" loading={busy} why={held}>
              {action}
            </WhyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
