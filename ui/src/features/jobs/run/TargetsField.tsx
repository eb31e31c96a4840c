import { Group, MultiSelect, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { groupsQuery, tagsQuery } from "../../../api/queries";
import { useFleet } from "../../../live/hooks";
import type { Targets } from "../types";

const SHOWN = 60;

interface TargetsFieldProps {
  targets: Targets;
  /** What is wrong, by field ("expression"). */
  errors: Readonly<Record<string, string>>;
  onChange: (targets: Targets) => void;
}

const chips = ({ group_ids, tags, host_ids }: Targets): string[] => [
  ...group_ids.map((id) => `g:${id}`),
  ...tags.map((tag) => `t:${tag}`),
  ...host_ids.map((id) => `h:${id}`),
];

/** Which targets the chips mean; the expression stays as it is. */
export function targetsOf(values: readonly string[], before: Targets): Targets {
  const of = (kind: string) => values.filter((one) => one.startsWith(kind)).map((one) => one.slice(kind.length));
  return { ...before, group_ids: of("g:").map(Number), tags: of("t:"), host_ids: of("h:").map(Number) };
}

/** Groups, tags and hosts as chips of one field, and an expression beside it. */
export function TargetsField({ targets, errors, onChange }: TargetsFieldProps) {
  const { t } = useTranslation();
  const { hosts } = useFleet();
  const { data: groups } = useQuery(groupsQuery);
  const { data: tags } = useQuery(tagsQuery);
  const data = useMemo(() => {
    const known = {
      [t("targets.groups")]: (groups?.items ?? []).map((one) => ({ value: `g:${one.id}`, label: one.name })),
      [t("targets.tags")]: (tags?.items ?? []).map((one) => ({ value: `t:${one.name}`, label: `#${one.name}` })),
      [t("targets.hosts")]: [...hosts.values()].map((one) => ({ value: `h:${one.id}`, label: one.name })),
    };
    return Object.entries(known)
      .filter(([, items]) => items.length)
      .map(([group, items]) => ({ group, items }));
  }, [t, hosts, groups, tags]);
  const chosen = chips(targets);
  return (
    <Group gap="sm" align="flex-start" grow preventGrowOverflow={false}>
      <Stack gap={0} miw={240} style={{ flex: "2 1 320px" }}>
        <MultiSelect
          label={t("targets.label")}
          size="sm"
          searchable
          clearable
          hidePickedOptions
          limit={SHOWN}
          placeholder={chosen.length ? undefined : t("targets.placeholder")}
          nothingFoundMessage={t("targets.nothing")}
          data={data}
          value={chosen}
          error={errors.host_ids ?? errors.group_ids ?? errors.tags}
          onChange={(values) => onChange(targetsOf(values, targets))}
        />
      </Stack>
      <TextInput
        label={t("targets.expression")}
        placeholder="group:web & tag:prod & !name:db*"
        classNames={{ input: "mono-input" }}
        style={{ flex: "1 1 260px" }}
        spellCheck={false}
        autoComplete="off"
        value={targets.expression}
        error={errors.expression}
        onChange={(event) => onChange({ ...targets, expression: event.currentTarget.value })}
      />
    </Group>
  );
}
