import { NumberInput, SimpleGrid, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

export type JobTerms = Required<Schemas["JobTerms"]>;

const FIELDS = [
  ["days", 3650],
  ["count", 1_000_000],
] as const;

/** For how long the runs of jobs are kept, and how many of them. */
export function JobFields({ value, onChange }: { value: JobTerms; onChange: (value: JobTerms) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div>
        <Title order={2}>{t("general.jobs")}</Title>
        <Text size="sm" c="dimmed">
          {t("general.jobsHint")}
        </Text>
      </div>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {FIELDS.map(([name, max]) => (
          <NumberInput
            key={name}
            size="sm"
            min={1}
            max={max}
            label={t(`general.jobTerm.${name}`)}
            value={value[name]}
            onChange={(given) => onChange({ ...value, [name]: Number(given) })}
          />
        ))}
      </SimpleGrid>
    </>
  );
}
