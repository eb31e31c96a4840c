import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Window } from "./calls";

/** Times in which nothing is begun. */
export function Windows({ windows, onChange }: { windows: Window[]; onChange: (windows: Window[]) => void }) {
  const { t } = useTranslation();
  const set = (at: number, changes: Partial<Window>) =>
    onChange(windows.map((one, index) => (index === at ? { ...one, ...changes } : one)));
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text size="sm">{t("schedule.windows")}</Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...windows, { weekdays: [], start: "22:00", end: "06:00" }])}
        >
          {t("schedule.addWindow")}
        </Button>
      </Group>
      {windows.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: windows have no identity but their place
        <Group key={index} gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            size="sm"
            type="time"
            required
            label={t("schedule.from")}
            value={one.start}
            onChange={(event) => set(index, { start: event.currentTarget.value.slice(0, 5) })}
          />
          <TextInput
            size="sm"
            type="time"
            required
            label={t("schedule.until")}
            value={one.end}
            onChange={(event) => set(index, { end: event.currentTarget.value.slice(0, 5) })}
          />
          <ActionIcon
            size="lg"
            variant="subtle"
            aria-label={t("schedule.removeWindow", { number: index + 1 })}
            onClick={() => onChange(windows.filter((_, at) => at !== index))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
