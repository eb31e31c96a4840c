import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/queries";
import { open } from "./places";

const KEYS = [
  [["Ctrl", "K"], "palette"],
  [["/"], "search"],
  [["?"], "help"],
  [["Esc"], "close"],
] as const;

/** The map of the keyboard. */
export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const places = open(useMay());
  return (
    <Modal opened={opened} onClose={onClose} title={t("nav.shortcuts")} size="sm">
      <Stack gap={6}>
        {KEYS.map(([keys, name]) => (
          <Row key={name} keys={keys} label={t(`keys.${name}`)} />
        ))}
        {places.map((place) => (
          <Row key={place.name} keys={["g", place.key]} label={t("keys.go", { place: t(`nav.${place.name}`) })} />
        ))}
      </Stack>
    </Modal>
  );
}

function Row({ keys, label }: { keys: readonly string[]; label: string }) {
  return (
    <Group justify="space-between" mih={28}>
      <Text size="sm">{label}</Text>
      <Group gap={4}>
        {keys.map((one) => (
          <Kbd key={one} size="sm">
            {one}
          </Kbd>
        ))}
      </Group>
    </Group>
  );
}
