import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { groupsQuery, useMay } from "../../api/queries";
import { useDiscreet, usePreferences, useReader } from "../../app/preferences";
import { useFleet } from "../../live/hooks";
import { Empty, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { AddHost } from "./AddHost";
import { BulkBar } from "./BulkBar";
import { type Eyes, HIDDEN_AT_FIRST } from "./columns";
import { Filters } from "./Filters";
import { FleetCards } from "./FleetCards";
import { FleetTable } from "./FleetTable";
import { fits, ordered } from "./order";
import type { FleetSearch } from "./search";
import { Tiles } from "./Tiles";

const route = getRouteApi("/inside/");

/** For whom the hosts are drawn; the same object as long as nothing about it changes. */
function useEyes(words: string): Eyes {
  const { t } = useTranslation();
  const reader = useReader();
  const discreet = useDiscreet();
  const { data } = useQuery(groupsQuery);
  return useMemo(() => {
    const groups = new Map(data?.items.map((group) => [group.id, group.name]));
    return { ...reader, t, words, groups, discreet };
  }, [t, reader, discreet, data, words]);
}

/** The order that the address says; the user's own where it says none, which is then put there. */
function useSort(search: FleetSearch): [string, (sort: string) => void] {
  const navigate = route.useNavigate();
  const { kept, keep } = usePreferences();
  const sort = search.sort ?? kept.fleetSort ?? "name";
  const told = sort === "name" ? undefined : sort;
  useEffect(() => {
    if (told !== search.sort) navigate({ search: (before: FleetSearch) => ({ ...before, sort: told }), replace: true });
  }, [told, search.sort, navigate]);
  const change = (next: string) => {
    keep({ fleetSort: next });
    navigate({ search: (before: FleetSearch) => ({ ...before, sort: next === "name" ? undefined : next }) });
  };
  return [sort, change];
}

export function FleetPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { hosts, loaded } = useFleet();
  const { kept, keep } = usePreferences();
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [sort, setSort] = useSort(search);
  const eyes = useEyes(search.q ?? "");
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const change = (next: Partial<FleetSearch>, typing = false) =>
    navigate({ search: (before: FleetSearch) => ({ ...before, ...next }), replace: typing });
  const hidden = kept.hiddenColumns ?? HIDDEN_AT_FIRST;
  const { all, fitting, shown } = useMemo(() => {
    const all = [...hosts.values()];
    const fitting = all.filter((host) => fits(host, search, eyes.groups));
    const states = search.state;
    return {
      all,
      fitting,
      shown: ordered(states ? fitting.filter((host) => states.includes(host.state)) : fitting, sort),
    };
  }, [hosts, search, eyes.groups, sort]);
  const chosen = shown.filter((host) => selected.has(host.id));
  const add = may("hosts.write") && <AddHost />;
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
        chosen={search.state ?? []}
        onChoose={(state) => change({ state: state.length ? state : undefined })}
      />
      <Filters
        search={search}
        hosts={all}
        groups={eyes.groups}
        shown={shown.length}
        phone={phone}
        hidden={hidden}
        onChange={change}
        onColumns={keep}
      />
      {chosen.length > 0 && <BulkBar hosts={chosen} onDone={() => setSelected(new Set())} />}
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
          >
            {t("fleet.nothingFitsText", { count: all.length })}
          </Empty>
        </div>
      )}
      {shown.length > 0 &&
        (search.view === "cards" || phone ? (
          <FleetCards hosts={shown} eyes={eyes} />
        ) : (
          <FleetTable
            hosts={shown}
            hidden={hidden}
            widths={kept.columnWidths ?? {}}
            sort={sort}
            eyes={eyes}
            selected={selected}
            selectable={may("hosts.operate")}
            onSort={setSort}
            onWidths={(columnWidths) => keep({ columnWidths })}
            onSelect={setSelected}
          />
        ))}
    </Page>
  );
}
