import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/client";
import { useMay } from "../../api/queries";
import { useFleet } from "../../live/hooks";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { Crumbs } from "../../parts/Page";
import { PageTabs } from "../../parts/PageTabs";
import { useTitle } from "../../parts/title";
import { Since } from "../../parts/When";
import { WhyButton } from "../../parts/WhyButton";
import type { HostSearch } from "../host/search";
import { ContainerCharts } from "./ContainerCharts";
import { ContainerFacts } from "./ContainerFacts";
import { ContainerState } from "./ContainerState";
import { DeedDialog } from "./DeedDialog";
import { DEED_ICONS } from "./DeedMenu";
import { HARMFUL, possible, useAttempt } from "./deeds";
import { detailQuery } from "./detail";
import { EngineNote } from "./EngineNotes";
import { useContainers } from "./hooks";
import { Logs } from "./Logs";
import { Inspect, Top } from "./Looks";
import { CONTAINER_TABS, type ContainerTab } from "./search";
import { useShell } from "./shell";
import { type Container, type Deed, keyOf } from "./types";

const route = getRouteApi("/inside/hosts/$hostId/containers/$containerId");

/** One container: how it fares, what it says, what it is. */
export function ContainerPage() {
  const { t } = useTranslation();
  const { hostId, containerId } = route.useParams();
  const host_id = Number(hostId);
  const { shown } = useContainers(host_id);
  const told = shown.containers.get(keyOf({ host_id, id: containerId }));
  const asked = useQuery({ ...detailQuery({ host_id, id: containerId }), enabled: !told });
  const container = told ?? asked.data?.container;
  useTitle(container?.name ?? "");
  if (container) {
    const engine = [...shown.engines.values()].find((one) => one.key === container.engine);
    return (
      <Stack gap="sm">
        <Head container={container} />
        {engine && <EngineNote engine={engine} hostId={host_id} />}
        <Content key={container.id} container={container} />
      </Stack>
    );
  }
  if (asked.error && !(asked.error instanceof Problem && asked.error.status === 404))
    return <ErrorNote error={asked.error} onRetry={() => asked.refetch()} />;
  if (!asked.error)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  return (
    <div className="card">
      <Empty order={1} title={t("container.missing")}>
        {t("container.missingText")}
      </Empty>
    </div>
  );
}

function Content({ container }: { container: Container }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tab = search.tab ?? "overview";
  const open = (next: ContainerTab) =>
    navigate({ search: (before) => ({ ...before, tab: next === "overview" ? undefined : next }) });
  const range: HostSearch = { range: search.range, from: search.from, to: search.to };
  return (
    <PageTabs names={CONTAINER_TABS} tab={tab} label={(name) => t(`container.tab.${name}`)} onOpen={open}>
      {tab === "overview" && (
        <>
          <ContainerCharts
            container={container}
            search={range}
            onChange={({ range, from, to }) => navigate({ search: (before) => ({ ...before, range, from, to }) })}
          />
          <ContainerFacts container={container} />
        </>
      )}
      {tab === "logs" && <Logs container={container} />}
      {tab === "processes" && <Top container={container} />}
      {tab === "inspect" && <Inspect container={container} />}
    </PageTabs>
  );
}

function Head({ container }: { container: Container }) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { hosts } = useFleet();
  const attempt = useAttempt();
  const shell = useShell();
  const [asking, setAsking] = useState<Deed | null>(null);
  const above = [
    { label: t("nav.containers"), to: "/containers" },
    { label: hosts.get(container.host_id)?.name ?? container.host_name, to: `/hosts/${container.host_id}` },
  ];
  return (
    <Group justify="space-between" gap="xs">
      <Group gap={6} style={{ rowGap: 4, minWidth: 0 }}>
        <Crumbs above={above} />
        <Title order={1} mr={6} style={{ overflowWrap: "anywhere" }}>
          {container.name}
        </Title>
        <ContainerState container={container} />
        {container.state === "running" && container.started_at && (
          <Text size="sm" c="dimmed">
            <Since at={container.started_at} />
          </Text>
        )}
      </Group>
      {may("hosts.operate") && (
        <Group gap="xs">
          {shell && (
            <WhyButton
              size="xs"
              variant="default"
              leftSection={<IconTerminal2 size={14} />}
              why={container.state === "running" ? undefined : t("container.notRunningText")}
              onClick={() => shell(container)}
            >
              {t("container.shell")}
            </WhyButton>
          )}
          {possible(container).map((deed) => {
            const Icon = DEED_ICONS[deed];
            return (
              <Button
                key={deed}
                size="xs"
                variant={deed === "remove" ? "light" : "default"}
                color={deed === "remove" ? "red" : undefined}
                leftSection={<Icon size={14} />}
                onClick={() => (HARMFUL.includes(deed) ? setAsking(deed) : attempt([container], deed))}
              >
                {t(`container.do.${deed}`)}
              </Button>
            );
          })}
        </Group>
      )}
      {asking && (
        <DeedDialog
          deed={asking}
          containers={[container]}
          onClose={() => setAsking(null)}
          onDone={() => {
            if (asking === "remove")
              navigate({
                to: "/hosts/$hostId",
                params: { hostId: String(container.host_id) },
                search: { tab: "containers" },
              });
          }}
        />
      )}
    </Group>
  );
}
