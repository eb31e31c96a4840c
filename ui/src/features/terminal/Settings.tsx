import { ActionIcon, Button, Group, NumberInput, Popover, Select, Stack, Switch, Text, Tooltip } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { BenchWays } from "./Bench";
import { LARGEST, SMALLEST } from "./looks";
import { THEMES, type ThemeName } from "./themes";

const SWITCHES = ["copyOnSelect", "rightPastes", "hostCopies", "readAloud"] as const;

/** How terminals look and behave for this user. */
export function Settings({ bench: { taste, change } }: { bench: BenchWays }) {
  const { t } = useTranslation();
  const size = (value: number) => change({ fontSize: Math.min(LARGEST, Math.max(SMALLEST, value)) });
  return (
    <Popover position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <Tooltip label={t("terminal.looks")}>
          <ActionIcon variant="subtle" color="gray" aria-label={t("terminal.looks")}>
            <IconAdjustments size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("terminal.looks")}>
        <Stack gap="sm" w={270}>
          <Group gap="xs" align="end" wrap="nowrap">
            <NumberInput
              label={t("terminal.fontSize")}
              value={taste.fontSize}
              min={SMALLEST}
              max={LARGEST}
              onChange={(value) => typeof value === "number" && size(value)}
              style={{ flex: 1 }}
            />
            <Button variant="default" aria-label={t("terminal.smaller")} onClick={() => size(taste.fontSize - 1)}>
              −
            </Button>
            <Button variant="default" aria-label={t("terminal.larger")} onClick={() => size(taste.fontSize + 1)}>
              +
            </Button>
          </Group>
          <Select
            label={t("terminal.theme")}
            data={THEMES.map((name) => ({ value: name, label: t(`terminal.themes.${name}`) }))}
            value={taste.theme}
            allowDeselect={false}
            onChange={(value) => value && change({ theme: value as ThemeName })}
            comboboxProps={{ withinPortal: false }}
          />
          {SWITCHES.map((name) => (
            <Switch
              key={name}
              size="sm"
              label={t(`terminal.switch.${name}`)}
              checked={taste[name]}
              onChange={(event) => change({ [name]: event.currentTarget.checked })}
            />
          ))}
          <Text size="xs" c="dimmed">
            {t("terminal.keysHint")}
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
