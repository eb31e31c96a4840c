import { NumberInput, SimpleGrid, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

export type Limits = Required<Schemas["TerminalLimits"]>;

const FIELDS = [
  ["sessions_per_user", 1, 1000],
  ["idle_minutes", 0, 525_600],
  ["absolute_minutes", 0, 525_600],
] as const;

/** How many terminals a user may have, and how long one lasts. */
export function TerminalFields({ value, onChange }: { value: Limits; onChange: (value: Limits) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div>
        <Title order={2}>{t("nav.terminal")}</Title>
        <Text size="sm" c="dimmed">
          {t("terminal.limitsHint")}
        </Text>
      </div>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {FIELDS.map(([name, min, max]) => (
          <NumberInput
            key={name}
            size="sm"
            min={min}
            max={max}
            label={t(`terminal.limit.${name}`)}
            value={value[name]}
            onChange={(given) => onChange({ ...value, [name]: Number(given) })}
          />
        ))}
      </SimpleGrid>
    </>
  );
}
