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

/** The expression that means every host, and its chip. */
const EVERY = "*";
const ALL = "all:";

const meansAll = (expression: string): boolean => expression.trim() === EVERY;

const chips = ({ group_ids, tags, host_ids, expression }: Targets): string[] => [
  ...(meansAll(expression) ? [ALL] : []),
  ...group_ids.map((id) => `g:${id}`),
  ...tags.map((tag) => `t:${tag}`),
  ...host_ids.map((id) => `h:${id}`),
];

/** Of what the controller said, what belongs to the hosts. */
export const targetErrors = (errors: Readonly<Record<string, string>>) => ({
  expression: errors["targets.expression"] ?? "",
  host_ids: errors.targets ?? errors["targets.host_ids"] ?? "",
});

/** Which targets the chips mean. The expression stays as it is, unless all hosts are chosen or taken out: then nothing
 * else needs to be named. */
export function targetsOf(values: readonly string[], before: Targets): Targets {
  const all = values.includes(ALL);
  const was = meansAll(before.expression);
  if (all && !was) return { ...before, expression: EVERY, group_ids: [], tags: [], host_ids: [] };
  const of = (kind: string) => values.filter((one) => one.startsWith(kind)).map((one) => one.slice(kind.length));
  const expression = was && !all ? "" : before.expression;
  return { ...before, expression, group_ids: of("g:").map(Number), tags: of("t:"), host_ids: of("h:").map(Number) };
}

/** All hosts, groups, tags and hosts as chips of one field, and an expression beside it. */
export function TargetsField({ targets, errors, onChange }: TargetsFieldProps) {
  const { t } = useTranslation();
  const { hosts } = useFleet();
  const { data: groups } = useQuery(groupsQuery);
  const { data: tags } = useQuery(tagsQuery);
  const data = useMemo(() => {
    const count = [...hosts.values()].filter((one) => one.enabled).length;
    const known = {
      [t("targets.every")]: [{ value: ALL, label: t("targets.all", { count }) }],
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
