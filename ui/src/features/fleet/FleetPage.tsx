import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Menu,
  MultiSelect,
  SegmentedControl,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedCallback, useMediaQuery } from "@mantine/hooks";
import { IconColumns3, IconLayoutGrid, IconList, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { groupsQuery, useMay } from "../../api/queries";
import { useFleet } from "../../live/hooks";
import { Empty, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { BulkBar } from "./BulkBar";
import { COLUMNS, hiddenColumns, keepHidden } from "./columns";
import { FleetCards } from "./FleetCards";
import { FleetTable } from "./FleetTable";
import { fits, ordered } from "./order";
import type { FleetSearch } from "./search";
import { Tiles } from "./Tiles";

const route = getRouteApi("/inside/");

export function FleetPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { hosts, loaded } = useFleet();
  const { data: groups } = useQuery(groupsQuery);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [hidden, setHidden] = useState(hiddenColumns);
  const phone = useMediaQuery("(max-width: 48em)");
  const change = (next: Partial<FleetSearch>) =>
    navigate({ search: (before: FleetSearch) => ({ ...before, ...next }), replace: true });
  const names = new Map(groups?.items.map((group) => [group.id, group.name]));
  const all = [...hosts.values()];
  const fitting = all.filter((host) => fits(host, search, names));
  const states = search.state ?? [];
  const shown = ordered(
    states.length ? fitting.filter((host) => states.includes(host.state)) : fitting,
    search.sort ?? "name",
  );
  const ids = shown.filter((host) => selected.has(host.id)).map((host) => host.id);
  const add = may("hosts.write") && (
    <Button component={Link} to="/hosts/new" leftSection={<IconPlus size={16} />}>
      {t("fleet.add")}
    </Button>
  );
  if (loaded && all.length === 0) {
    return (
      <Page title={t("nav.fleet")}>
        <div className="card">
          <Empty title={t("fleet.emptyTitle")} action={add}>
            {t(may("hosts.write") ? "fleet.emptyText" : "fleet.emptyForViewer")}
          </Empty>
        </div>
      </Page>
    );
  }
  return (
    <Page title={t("nav.fleet")} actions={add}>
      <Tiles
        hosts={fitting}
        chosen={states}
        onChoose={(state) => change({ state: state.length ? state : undefined })}
      />
      <Group gap="xs">
        <SearchBox value={search.q ?? ""} onChange={(q) => change({ q: q || undefined })} />
        <GroupFilter names={names} chosen={search.group ?? []} onChange={(group) => change({ group })} />
        <TagFilter
          tags={all.flatMap((host) => host.tags)}
          chosen={search.tag ?? []}
          onChange={(tag) => change({ tag })}
        />
        <Text size="sm" c="dimmed" role="status">
          {t("fleet.shown", { shown: shown.length, total: all.length })}
        </Text>
        <Group gap="xs" ml="auto">
          <ColumnMenu hidden={hidden} onChange={(next) => [keepHidden(next), setHidden(next)]} />
          <SegmentedControl
            size="xs"
            aria-label={t("fleet.view")}
            value={phone ? "cards" : (search.view ?? "table")}
            disabled={phone}
            onChange={(view) => change({ view: view === "cards" ? "cards" : undefined })}
            data={[
              { value: "table", label: <IconList size={15} aria-label={t("fleet.table")} /> },
              { value: "cards", label: <IconLayoutGrid size={15} aria-label={t("fleet.cards")} /> },
            ]}
          />
        </Group>
      </Group>
      {ids.length > 0 && <BulkBar ids={ids} onDone={() => setSelected(new Set())} />}
      {!loaded && (
        <div className="card">
          <Rows count={8} />
        </div>
      )}
      {loaded && shown.length === 0 && (
        <div className="card">
          <Empty
            title={t("fleet.nothingFits")}
            action={
              <Button variant="default" onClick={() => navigate({ search: {} })}>
                {t("fleet.clearFilters")}
              </Button>
            }
          />
        </div>
      )}
      {shown.length > 0 &&
        (search.view === "cards" || phone ? (
          <FleetCards hosts={shown} />
        ) : (
          <FleetTable
            hosts={shown}
            hidden={hidden}
            sort={search.sort ?? "name"}
            words={search.q ?? ""}
            selected={selected}
            selectable={may("hosts.operate")}
            onSort={(sort) => change({ sort: sort === "name" ? undefined : sort })}
            onSelect={setSelected}
          />
        ))}
    </Page>
  );
}

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback(onChange, 150);
  return (
    <TextInput
      data-search
      leftSection={<IconSearch size={15} />}
      placeholder={t("fleet.search")}
      aria-label={t("fleet.search")}
      value={typed}
      w={{ base: "100%", xs: 240 }}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}

interface GroupFilterProps {
  names: ReadonlyMap<number, string>;
  chosen: number[];
  onChange: (ids: number[] | undefined) => void;
}

function GroupFilter({ names, chosen, onChange }: GroupFilterProps) {
  const { t } = useTranslation();
  if (names.size === 0) return null;
  return (
    <MultiSelect
      size="sm"
      w={180}
      clearable
      placeholder={chosen.length ? undefined : t("fleet.group")}
      aria-label={t("fleet.group")}
      data={[...names].map(([id, name]) => ({ value: String(id), label: name }))}
      value={chosen.map(String)}
      onChange={(ids) => onChange(ids.length ? ids.map(Number) : undefined)}
    />
  );
}

function TagFilter({
  tags,
  chosen,
  onChange,
}: {
  tags: string[];
  chosen: string[];
  onChange: (tags?: string[]) => void;
}) {
  const { t } = useTranslation();
  const known = [...new Set([...tags, ...chosen])].sort();
  if (known.length === 0) return null;
  return (
    <MultiSelect
      size="sm"
      w={180}
      clearable
      searchable
      placeholder={chosen.length ? undefined : t("fleet.tag")}
      aria-label={t("fleet.tag")}
      data={known}
      value={chosen}
      onChange={(next) => onChange(next.length ? next : undefined)}
    />
  );
}

function ColumnMenu({ hidden, onChange }: { hidden: readonly string[]; onChange: (hidden: string[]) => void }) {
  const { t } = useTranslation();
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label={t("fleet.columns")} className="wide-only">
          <IconColumns3 size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {COLUMNS.map(({ key }) => (
          <Menu.Item
            key={key}
            onClick={() => onChange(hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key])}
          >
            <Checkbox size="xs" readOnly tabIndex={-1} checked={!hidden.includes(key)} label={t(`column.${key}`)} />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
