import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/queries";
import { open } from "./places";

const EVERYWHERE = [
  [[/Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl", "K"], "palette"],
  [["/"], "search"],
  [["?"], "help"],
  [["Esc"], "close"],
] as const;
const IN_LISTS = [
  [["j"], "next"],
  [["k"], "previous"],
  [["Enter"], "openRow"],
  [["x"], "select"],
  [["e"], "edit"],
  [["."], "menu"],
] as const;
const ON_A_HOST = [
  [["["], "tabBefore"],
  [["]"], "tabAfter"],
] as const;

const IN_FILES = [
  [["Enter"], "openRow"],
  [["Backspace"], "folderAbove"],
  [["Shift", "↑ ↓"], "selectRange"],
  [["Ctrl", "A"], "selectAll"],
  [["Ctrl", "C / X / V"], "copyPaste"],
  [["F2"], "rename"],
  [["Del"], "delete"],
  [["Ctrl", "L"], "editPath"],
  [["."], "menu"],
] as const;

/** The map of the keyboard. */
export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const places = open(useMay());
  return (
    <Modal opened={opened} onClose={onClose} title={t("nav.shortcuts")} size="sm">
      <Stack gap={4}>
        <Part title={t("keys.everywhere")} rows={EVERYWHERE} />
        {places.map((place) => (
          <Row key={place.name} keys={["g", place.key]} label={t("keys.go", { place: t(`nav.${place.name}`) })} />
        ))}
        <Part title={t("keys.inLists")} rows={IN_LISTS} />
        <Part title={t("keys.onHost")} rows={ON_A_HOST} />
        <Part title={t("keys.inFiles")} rows={IN_FILES} />
      </Stack>
    </Modal>
  );
}

function Part({ title, rows }: { title: string; rows: readonly (readonly [readonly string[], string])[] }) {
  const { t } = useTranslation();
  return (
    <>
      <Text size="xs" c="dimmed" mt={4}>
        {title}
      </Text>
      {rows.map(([keys, name]) => (
        <Row key={name} keys={keys} label={t(`keys.${name}`)} />
      ))}
    </>
  );
}

function Row({ keys, label }: { keys: readonly string[]; label: string }) {
  return (
    <Group justify="space-between" mih={24} wrap="nowrap">
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
