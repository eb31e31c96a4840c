import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { useFleet } from "../../live/hooks";
import { Empty } from "../../parts/Notices";
import { PageTabs } from "../../parts/PageTabs";
import { useTitle } from "../../parts/title";
import { HostContainers } from "../containers/HostContainers";
import { HostJobs } from "../jobs/HostJobs";
import { Charts } from "./Charts";
import { Collectors } from "./Collectors";
import { EventList, useMarks } from "./Events";
import { Facts } from "./Facts";
import { Filesystems } from "./Filesystems";
import { Header } from "./Header";
import { countedBy, Interfaces } from "./Interfaces";
import { KeyPanel } from "./KeyPanel";
import { Processes } from "./Processes";
import { RangePicker } from "./RangePicker";
import { type HostSearch, TABS, type Tab } from "./search";
import { useSeries } from "./useSeries";

const route = getRouteApi("/inside/hosts/$hostId");

export function HostPage() {
  const { t } = useTranslation();
  const { hostId } = route.useParams();
  const id = Number(hostId);
  const { hosts, loaded } = useFleet();
  const host = hosts.get(id);
  useTitle(host?.name ?? "");
  if (!host) {
    if (!loaded) return <Shape />;
    return (
      <div className="card">
        <Empty
          order={1}
          title={t("host.missing")}
          action={
            <Button component={Link} to="/">
              {t("failure.home")}
            </Button>
          }
        >
          {t("host.missingText")}
        </Empty>
      </div>
    );
  }
  return <Content key={id} host={host} />;
}

/** The page before the host is known. */
function Shape() {
  return (
    <Stack gap="md" aria-busy>
      <Skeleton height={28} width={220} />
      <Skeleton height={36} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} height={230} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Content({ host }: { host: Host }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const go = route.useNavigate();
  const tab = search.tab ?? "overview";
  const change = (next: HostSearch) => go({ search: (before: HostSearch) => ({ ...before, ...next }) });
  const open = (next: Tab) => change({ tab: next === "overview" ? undefined : next });
  const shown = useSeries(host, search, tab);
  const marks = useMarks(host.id);
  const counts = useMemo(() => countedBy(host), [host]);
  const charted = tab === "overview" || tab === "cpu" || tab === "network" || tab === "disks";
  return (
    <Stack gap="sm">
      <Header host={host} />
      <KeyPanel host={host} />
      {tab === "overview" && <Facts host={host} />}
      <PageTabs
        names={TABS}
        tab={tab}
        label={(name) => t(`tab.${name}`)}
        onOpen={open}
        beside={
          charted && (
            <RangePicker
              search={search}
              onChange={(next) => change({ from: undefined, to: undefined, range: undefined, ...next })}
            />
          )
        }
      >
        {tab === "network" && <Interfaces host={host} />}
        {charted && (
          <Charts
            shown={shown}
            tab={tab}
            counts={counts}
            marks={marks}
            onZoom={(from, to) => change({ from: Math.round(from), to: Math.round(to) })}
            onReset={() => change({ from: undefined, to: undefined })}
          />
        )}
        {(tab === "overview" || tab === "disks") && <Filesystems host={host} />}
        {tab === "processes" && <Processes host={host} />}
        {tab === "containers" && <HostContainers host={host} search={search} onChange={change} />}
        {tab === "jobs" && <HostJobs host={host} />}
        {tab === "collectors" && <Collectors host={host} />}
        {tab === "events" && <EventList host={host} />}
      </PageTabs>
    </Stack>
  );
}
