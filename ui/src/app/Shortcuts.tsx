import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

const KEYS = [
  ["Ctrl K", "palette"],
  ["/", "search"],
  ["g f", "fleet"],
  ["g s", "settings"],
  ["?", "help"],
  ["Esc", "close"],
] as const;

export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("nav.shortcuts")} size="sm">
      <Stack gap="xs">
        {KEYS.map(([keys, name]) => (
          <Group key={name} justify="space-between">
            <Text size="sm">{t(`keys.${name}`)}</Text>
            <Kbd>{keys}</Kbd>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
