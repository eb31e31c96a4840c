import { ActionIcon, Button, Chip, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Window } from "./calls";

interface WindowsProps {
  windows: Window[];
  onChange: (windows: Window[]) => void;
}

/** Times in which nothing is begun, by the schedule's clock. */
export function Windows({ windows, onChange }: WindowsProps) {
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
        <fieldset
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no identity but their place
          key={index}
          className="form-row"
          aria-label={t("schedule.window", { number: index + 1 })}
        >
          <Group gap="xs" align="flex-end" wrap="nowrap" mb="xs">
            <Clock label={t("schedule.from")} value={one.start} onChange={(start) => set(index, { start })} />
            <Clock label={t("schedule.until")} value={one.end} onChange={(end) => set(index, { end })} />
            <ActionIcon
              size="lg"
              variant="subtle"
              aria-label={t("schedule.removeWindow", { number: index + 1 })}
              onClick={() => onChange(windows.filter((_, at) => at !== index))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
          <Weekdays chosen={one.weekdays ?? []} onChange={(weekdays) => set(index, { weekdays })} />
        </fieldset>
      ))}
    </Stack>
  );
}

function Clock(props: { label: string; value: string | undefined; onChange: (clock: string) => void }) {
  return (
    <TextInput
      size="sm"
      type="time"
      required
      style={{ flex: 1 }}
      label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value.slice(0, 5))}
    />
  );
}

function Weekdays({ chosen, onChange }: { chosen: number[]; onChange: (days: number[]) => void }) {
  const { t, i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" });
  return (
    <Stack gap={4} role="group" aria-label={t("schedule.windowDays")}>
      <Text size="xs" c="dimmed">
        {t("schedule.windowDays")}
      </Text>
      <Chip.Group multiple value={chosen.map(String)} onChange={(days) => onChange(days.map(Number).sort())}>
        <Group gap={4}>
          {[1, 2, 3, 4, 5, 6, 7].map((day) => (
            <Chip key={day} size="xs" radius="sm" variant="outline" value={String(day)}>
              {format.format(Date.UTC(2024, 0, day))}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Stack>
  );
}
