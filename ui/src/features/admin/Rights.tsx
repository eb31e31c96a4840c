import { Checkbox, MultiSelect, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { groupsQuery } from "../../api/queries";

export const ROLES = ["viewer", "operator", "admin", "none"] as const;
export type Role = (typeof ROLES)[number];

export interface Reach {
  all_hosts: boolean;
  group_ids: number[];
}

export function RoleSelect({
  value,
  roles = ROLES,
  onChange,
}: {
  value: Role;
  roles?: readonly Role[];
  onChange: (role: Role) => void;
}) {
  const { t } = useTranslation();
  return (
    <Select
      label={t("user.role")}
      description={t(`role.${value}Hint`)}
      size="sm"
      allowDeselect={false}
      data={roles.map((role) => ({ value: role, label: t(`role.${role}`) }))}
      value={value}
      onChange={(role) => role && onChange(role as Role)}
    />
  );
}

interface ReachFieldsProps {
  value: Reach;
  /** May "all hosts" be chosen at all? Nobody gives more than what is their own. */
  whole?: boolean;
  onChange: (next: Reach) => void;
}

/** All hosts, or those of some groups; no groups means none. */
export function ReachFields({ value, whole = true, onChange }: ReachFieldsProps) {
  const { t } = useTranslation();
  const { data: groups } = useQuery(groupsQuery);
  return (
    <Stack gap="xs">
      <Checkbox
        label={t("user.allHosts")}
        description={whole ? undefined : t("user.notWhole")}
        disabled={!whole}
        checked={value.all_hosts}
        onChange={(event) => onChange({ ...value, all_hosts: event.currentTarget.checked })}
      />
      {!value.all_hosts && (
        <MultiSelect
          label={t("form.groups")}
          description={value.group_ids.length === 0 ? t("user.noHosts") : undefined}
          size="sm"
          data={(groups?.items ?? []).map((group) => ({ value: String(group.id), label: group.name }))}
          value={value.group_ids.map(String)}
          onChange={(ids) => onChange({ ...value, group_ids: ids.map(Number) })}
        />
      )}
    </Stack>
  );
}

/** The reach in words. */
export function useReach(): (reach: Reach) => string {
  const { t } = useTranslation();
  const { data: groups } = useQuery(groupsQuery);
  const names = new Map(groups?.items.map((group) => [group.id, group.name]));
  return (reach) =>
    reach.all_hosts
      ? t("user.allHosts")
      : reach.group_ids.map((id) => names.get(id) ?? `#${id}`).join(", ") || t("user.noHosts");
}
