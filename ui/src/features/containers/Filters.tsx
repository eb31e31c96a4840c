import { Group, MultiSelect, SegmentedControl, Text, UnstyledButton } from "@mantine/core";
import { IconList, IconStack2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { SearchBox } from "../../parts/SearchBox";
import { imageName, STATES } from "./order";
import type { ContainersSearch } from "./search";
import type { Container, State } from "./types";

interface StatesProps {
  counts: ReadonlyMap<State, number>;
  chosen: readonly State[];
  onChange: (state: State[] | undefined) => void;
}

/** How many are in which state; pressed, only those are shown. */
export function States({ counts, chosen, onChange }: StatesProps) {
  const { t } = useTranslation();
  const there = STATES.filter((state) => state === "running" || counts.get(state) || chosen.includes(state));
  const flip = (state: State) => {
    const next = chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state];
    onChange(next.length ? next : undefined);
  };
  return (
    <div className="tiles">
      {there.map((state) => (
        <UnstyledButton
          key={state}
          className="card tile"
          aria-pressed={chosen.includes(state)}
          onClick={() => flip(state)}
        >
          <Text span fz={18} fw={600} lh={1.2}>
            {counts.get(state) ?? 0}
          </Text>
          <Text span size="xs" c="dimmed">
            {t(`container.state.${state}`)}
          </Text>
        </UnstyledButton>
      ))}
    </div>
  );
}

interface FiltersProps {
  search: ContainersSearch;
  all: readonly Container[];
  shown: number;
  /** Of the fleet: hosts can be chosen. */
  hosts: boolean;
  onChange: (next: Partial<ContainersSearch>, typing?: boolean) => void;
}

export function Filters({ search, all, shown, hosts, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const choices = choicesOf(all);
  return (
    <Group gap="xs" className="fleet-filters">
      <SearchBox
        label={t("container.search")}
        value={search.q ?? ""}
        onChange={(q) => onChange({ q: q || undefined }, true)}
      />
      {hosts && (
        <Choice
          label={t("container.column.host")}
          options={choices.hosts}
          chosen={(search.host ?? []).map(String)}
          onChange={(ids) => onChange({ host: ids?.map(Number) })}
        />
      )}
      <Choice
        label={t("container.column.image")}
        options={choices.images}
        chosen={search.image ?? []}
        onChange={(image) => onChange({ image })}
      />
      <Choice
        label={t("container.project")}
        options={choices.projects}
        chosen={search.project ?? []}
        onChange={(project) => onChange({ project })}
      />
      <Text size="sm" c="dimmed" role="status">
        {t("fleet.shown", { shown, total: all.length })}
      </Text>
      <SegmentedControl
        size="xs"
        ml="auto"
        aria-label={t("fleet.view")}
        value={search.flat ? "flat" : "projects"}
        onChange={(view) => onChange({ flat: view === "flat" ? true : undefined })}
        data={[
          { value: "projects", label: <IconStack2 size={15} aria-label={t("container.byProject")} role="img" /> },
          { value: "flat", label: <IconList size={15} aria-label={t("container.flat")} role="img" /> },
        ]}
      />
    </Group>
  );
}

interface Option {
  value: string;
  label: string;
}

function choicesOf(all: readonly Container[]): { hosts: Option[]; images: Option[]; projects: Option[] } {
  const hosts = new Map(all.map((one) => [String(one.host_id), one.host_name]));
  const plain = (values: Iterable<string>) => [...new Set(values)].sort().map((value) => ({ value, label: value }));
  return {
    hosts: [...hosts]
      .map(([value, label]) => ({ value, label }))
      .sort((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true })),
    images: plain(all.map((one) => imageName(one.image))),
    projects: plain(all.flatMap((one) => one.project ?? [])),
  };
}

interface ChoiceProps {
  label: string;
  options: Option[];
  chosen: readonly string[];
  onChange: (chosen: string[] | undefined) => void;
}

function Choice({ label, options, chosen, onChange }: ChoiceProps) {
  if (options.length < 2 && chosen.length === 0) return null;
  return (
    <MultiSelect
      size="sm"
      className="fleet-choice"
      clearable
      searchable={options.length > 8}
      placeholder={chosen.length ? undefined : label}
      aria-label={label}
      data={options}
      value={[...chosen]}
      onChange={(next) => onChange(next.length ? next : undefined)}
    />
  );
}
