import { NumberInput, SimpleGrid, Switch, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

export type Recording = Required<Schemas["RecordingTerms"]>;

/** Whether and how long terminal sessions are recorded. */
export function RecordingFields({ value, onChange }: { value: Recording; onChange: (value: Recording) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div>
        <Title order={2}>{t("general.recording")}</Title>
        <Text size="sm" c="dimmed">
          {t("general.recordingHint")}
        </Text>
      </div>
      <Switch
        label={t("general.recordingOn")}
        checked={value.enabled}
        onChange={(event) => onChange({ ...value, enabled: event.currentTarget.checked })}
      />
      <Switch
        label={t("general.recordingInput")}
        description={t("general.recordingInputHint")}
        checked={value.input}
        disabled={!value.enabled}
        onChange={(event) => onChange({ ...value, input: event.currentTarget.checked })}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NumberInput
          size="sm"
          min={1}
          max={3650}
          label={t("general.recordingDays")}
          suffix={` ${t("general.days")}`}
          value={value.days}
          onChange={(days) => onChange({ ...value, days: Number(days) })}
        />
        <NumberInput
          size="sm"
          min={1}
          max={4096}
          label={t("general.recordingLimit")}
          suffix=" MiB"
          value={value.limit_mib}
          onChange={(limit) => onChange({ ...value, limit_mib: Number(limit) })}
        />
      </SimpleGrid>
    </>
  );
}
