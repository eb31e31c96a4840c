import { ActionIcon, Checkbox, Group, Menu, MultiSelect, SegmentedControl, Text } from "@mantine/core";
import { IconColumns3, IconLayoutGrid, IconList } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import type { Preferences } from "../../app/preferences";
import { SearchBox } from "../../parts/SearchBox";
import { COLUMNS } from "./columns";
import type { FleetSearch } from "./search";

interface FiltersProps {
  search: FleetSearch;
  hosts: readonly Host[];
  groups: ReadonlyMap<number, string>;
  shown: number;
  phone: boolean;
  hidden: readonly string[];
  /** `typing`: one step of many, not a place to come back to. */
  onChange: (next: Partial<FleetSearch>, typing?: boolean) => void;
  onColumns: (chosen: Pick<Preferences, "hiddenColumns" | "columnWidths">) => void;
}

/** What narrows the fleet down, all of it in the address. */
export function Filters({ search, hosts, groups, shown, phone, hidden, onChange, onColumns }: FiltersProps) {
  const { t } = useTranslation();
  const tags = [...new Set([...hosts.flatMap((host) => host.tags), ...(search.tag ?? [])])].sort();
  return (
    <Group gap="xs" className="fleet-filters">
      <SearchBox
        label={t("fleet.search")}
        value={search.q ?? ""}
        onChange={(q) => onChange({ q: q || undefined }, true)}
      />
      <Choice
        label={t("fleet.group")}
        options={[...groups].map(([id, name]) => ({ value: String(id), label: name }))}
        chosen={(search.group ?? []).map(String)}
        onChange={(ids) => onChange({ group: ids?.map(Number) })}
      />
      <Choice
        label={t("fleet.tag")}
        options={tags.map((tag) => ({ value: tag, label: tag }))}
        chosen={search.tag ?? []}
        onChange={(tag) => onChange({ tag })}
      />
      <Text size="sm" c="dimmed" role="status">
        {t("fleet.shown", { shown, total: hosts.length })}
      </Text>
      {!phone && (
        <Group gap="xs" ml="auto">
          {search.view !== "cards" && <ColumnMenu hidden={hidden} onChange={onColumns} />}
          <SegmentedControl
            size="xs"
            aria-label={t("fleet.view")}
            value={search.view ?? "table"}
            onChange={(view) => onChange({ view: view === "cards" ? "cards" : undefined })}
            data={[
              { value: "table", label: <IconList size={15} aria-label={t("fleet.table")} role="img" /> },
              { value: "cards", label: <IconLayoutGrid size={15} aria-label={t("fleet.cards")} role="img" /> },
            ]}
          />
        </Group>
      )}
    </Group>
  );
}

interface ChoiceProps {
  label: string;
  options: { value: string; label: string }[];
  chosen: readonly string[];
  onChange: (chosen: string[] | undefined) => void;
}

function Choice({ label, options, chosen, onChange }: ChoiceProps) {
  if (options.length === 0) return null;
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

interface ColumnMenuProps {
  hidden: readonly string[];
  onChange: (chosen: Pick<Preferences, "hiddenColumns" | "columnWidths">) => void;
}

function ColumnMenu({ hidden, onChange }: ColumnMenuProps) {
  const { t } = useTranslation();
  const toggle = (key: string) =>
    onChange({ hiddenColumns: hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key] });
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={32} title={t("fleet.columns")} aria-label={t("fleet.columns")}>
          <IconColumns3 size={16} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {COLUMNS.map(({ key }) => (
          <Menu.Item
            key={key}
            renderRoot={(props) => (
              <button {...props} type="button" role="menuitemcheckbox" aria-checked={!hidden.includes(key)} />
            )}
            leftSection={<Checkbox.Indicator size="xs" checked={!hidden.includes(key)} />}
            onClick={() => toggle(key)}
          >
            {t(`column.${key}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item closeMenuOnClick onClick={() => onChange({ hiddenColumns: undefined, columnWidths: undefined })}>
          {t("fleet.columnsAtFirst")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
