import { Button } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { EngineNote } from "./EngineNotes";
import { Filters, States } from "./Filters";
import { useContainers } from "./hooks";
import { Listing } from "./Listing";
import { fits } from "./order";
import type { ContainersSearch } from "./search";
import type { Container, Engine, State } from "./types";

const route = getRouteApi("/inside/containers");
const NOTES = 2;

/** How many of the containers are in each state. */
export function countsOf(containers: Iterable<Container>): ReadonlyMap<State, number> {
  const counts = new Map<State, number>();
  for (const { state } of containers) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

/** Every container of every host that the user sees. */
export function ContainersPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { store, shown } = useContainers(null);
  const all = useMemo(() => [...shown.containers.values()], [shown.containers]);
  const troubled = [...shown.engines.values()].filter((one) => one.state !== "up" && one.state !== "connecting");
  const change = (next: Partial<ContainersSearch>, typing = false) =>
    navigate({ search: (before: ContainersSearch) => ({ ...before, ...next }), replace: typing });
  const sort = search.sort ?? "name";
  return (
    <Page title={t("nav.containers")}>
      <Troubled engines={troubled} />
      {!shown.loaded && (
        <div className="card">
          <Rows count={8} />
        </div>
      )}
      {shown.loaded && all.length === 0 && (
        <div className="card">
          <Empty title={t("container.noneAnywhere")}>{t("container.noneAnywhereText")}</Empty>
        </div>
      )}
      {all.length > 0 && (
        <>
          <States
            counts={countsOf(all.filter((one) => fits(one, search)))}
            chosen={search.state ?? []}
            onChange={(state) => change({ state })}
          />
          <Listing
            store={store}
            all={all}
            filter={search}
            sort={sort}
            hosts
            byProject={!search.flat}
            onSort={(next) => change({ sort: next === "name" ? undefined : next })}
            onClear={() => navigate({ search: {} })}
          >
            {(count) => <Filters search={search} all={all} shown={count} hosts onChange={change} />}
          </Listing>
        </>
      )}
    </Page>
  );
}

/** Engines that cannot be read; the first of them, and the others when they are asked for. */
function Troubled({ engines }: { engines: readonly Engine[] }) {
  const { t } = useTranslation();
  const [every, setEvery] = useState(false);
  const rest = engines.length - NOTES;
  return (
    <>
      {(every ? engines : engines.slice(0, NOTES)).map((engine) => (
        <EngineNote key={`${engine.host_id}/${engine.key}`} engine={engine} hostId={engine.host_id} named />
      ))}
      {!every && rest > 0 && (
        <Button variant="default" onClick={() => setEvery(true)}>
          {t("engine.others", { count: rest })}
        </Button>
      )}
    </>
  );
}
