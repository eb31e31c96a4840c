import { NumberInput, SimpleGrid } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Limits } from "../types";

interface LimitsFieldsProps {
  limits: Limits;
  errors: Readonly<Record<string, string>>;
  /** Only those that somebody who types a command thinks of. */
  few?: boolean;
  onChange: (limits: Limits) => void;
}

const FEW = ["parallel", "host_timeout_s", "retries", "stop_failed_percent"] as const;
const ALL = [
  "parallel",
  "batch",
  "stop_failed_percent",
  "host_timeout_s",
  "job_timeout_s",
  "long_after_s",
  "retries",
  "retry_wait_s",
  "host_output_mib",
  "job_output_mib",
] as const;
const LEAST: Partial<Record<keyof Limits, number>> = { parallel: 1, host_output_mib: 1, job_output_mib: 1 };

/** How widely and how long a job may run; 0 means no limit. */
export function LimitsFields({ limits, errors, few = false, onChange }: LimitsFieldsProps) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
      {(few ? FEW : ALL).map((name) => (
        <NumberInput
          key={name}
          size="sm"
          label={t(`jobLimit.${name}`)}
          description={t(`jobLimitHint.${name}`)}
          inputWrapperOrder={["label", "input", "description", "error"]}
          min={LEAST[name] ?? 0}
          allowDecimal={false}
          value={limits[name]}
          error={errors[`limits.${name}`]}
          onChange={(next) => onChange({ ...limits, [name]: Number(next) || 0 })}
        />
      ))}
    </SimpleGrid>
  );
}
