import { MultiSelect, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay, usersQuery } from "../../../api/queries";

interface LaunchersProps {
  ids: readonly number[] | null;
  error?: string;
  onChange: (ids: number[] | null) => void;
}

/** Who may launch it: everybody who may run tasks, or those who are named. */
export function Launchers({ ids, error, onChange }: LaunchersProps) {
  const { t } = useTranslation();
  const may = useMay()("users.manage");
  const users = useQuery({ ...usersQuery, enabled: may });
  if (!may && ids === null) return null;
  const names = new Map((users.data?.items ?? []).map((user) => [user.id, user.username]));
  return (
    <>
      <Switch
        label={t("template.everybody")}
        description={t("template.everybodyText")}
        checked={ids === null}
        onChange={(event) => onChange(event.currentTarget.checked ? null : [])}
      />
      {ids !== null && (
        <MultiSelect
          label={t("template.launchers")}
          size="sm"
          searchable
          disabled={!may}
          data={[...new Set([...names.keys(), ...ids])].map((id) => ({
            value: String(id),
            label: names.get(id) ?? `#${id}`,
          }))}
          value={ids.map(String)}
          error={error}
          onChange={(next) => onChange(next.map(Number))}
        />
      )}
    </>
  );
}
