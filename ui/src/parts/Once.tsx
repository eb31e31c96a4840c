import { Button, Code, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

interface OnceProps {
  title: string;
  text: string;
  value: string;
  onClose: () => void;
}

/** Something that is shown this once: it takes a deliberate press to go away. */
export function Once({ title, text, value, onClose }: OnceProps) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false} closeOnEscape={false} size="lg">
      <Stack gap="sm">
        <Text size="sm">{text}</Text>
        <Code block className="mono once" data-once>
          {value}
        </Code>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("action.done")}
          </Button>
          <CopyButton value={value}>
            {({ copied, copy }) => (
              <Button
                data-autofocus
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                onClick={copy}
              >
                {t(copied ? "action.copied" : "action.copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Modal>
  );
}
