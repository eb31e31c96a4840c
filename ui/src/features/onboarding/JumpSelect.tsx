import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFleet } from "../../live/hooks";

interface JumpSelectProps {
  value: number | null;
  error?: string;
  onChange: (id: number | null) => void;
}

/** The host to go through, for one that cannot be reached from here; nothing where there is none to choose. */
export function JumpSelect({ value, error, onChange }: JumpSelectProps) {
  const { t } = useTranslation();
  const { hosts } = useFleet();
  const ways = [...hosts.values()].filter((host) => !host.monitoring_only);
  if (ways.length === 0) return null;
  return (
    <Select
      label={t("form.jump")}
      description={t("onboard.jumpHint")}
      clearable
      searchable
      maw={420}
      data={ways.map((host) => ({ value: String(host.id), label: host.name }))}
      value={value === null ? null : String(value)}
      error={error}
      onChange={(id) => onChange(id === null ? null : Number(id))}
    />
  );
}
