import { Alert, Anchor, Badge, Button, Group, Skeleton, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data, type Host } from "../../api/client";
import { useMay } from "../../api/queries";
import { useFleet, useNow } from "../../live/hooks";
import { Empty, ErrorNote } from "../../parts/Notices";
import { reasonOf } from "../../parts/reason";
import { StateBadge } from "../../parts/StateBadge";
import { useTitle } from "../../parts/title";
import { When } from "../../parts/When";
import { RowMenu } from "../fleet/RowMenu";
import { Charts } from "./Charts";
import { Collectors } from "./Collectors";
import { EventList, useEvents } from "./Events";
import { Facts } from "./Facts";
import { Filesystems } from "./Filesystems";
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
    if (!loaded) return <Skeleton height={300} />;
    return (
      <div className="card">
        <Empty
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

function Content({ host }: { host: Host }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const go = route.useNavigate();
  const tab = search.tab ?? "overview";
  const change = (next: HostSearch, replace = false) =>
    go({ search: (before: HostSearch) => ({ ...before, ...next }), replace });
  const shown = useSeries(host, search, tab);
  const { data: events } = useEvents(host.id);
  const marks = (events?.items ?? [])
    .filter((event) => ["down", "up", "reboot", "key_changed"].includes(event.kind))
    .map((event) => ({ at: Date.parse(event.at) / 1000, bad: event.kind !== "up", label: t(`event.${event.kind}`) }));
  const charted = tab === "overview" || tab === "cpu" || tab === "network" || tab === "disks";
  return (
    <Stack gap="md">
      <Header host={host} />
      <KeyPanel host={host} />
      <Tabs
        value={tab}
        onChange={(next) => change({ tab: next === "overview" ? undefined : (next as Tab) })}
        keepMounted={false}
      >
        <div className="scroll-x">
          <Tabs.List style={{ flexWrap: "nowrap" }}>
            {TABS.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {t(`tab.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </div>
      </Tabs>
      {charted && (
        <RangePicker
          search={search}
          onChange={(next) => change({ from: undefined, to: undefined, range: undefined, ...next })}
        />
      )}
      {tab === "overview" && <Facts host={host} />}
      {tab === "network" && <Interfaces host={host} />}
      {charted && (
        <Charts
          shown={shown}
          tab={tab}
          counts={countedBy(host)}
          marks={marks}
          onZoom={(from, to) => change({ from: Math.round(from), to: Math.round(to) })}
          onReset={() => change({ from: undefined, to: undefined })}
        />
      )}
      {(tab === "overview" || tab === "disks") && <Filesystems host={host} />}
      {tab === "processes" && <Processes host={host} />}
      {tab === "collectors" && <Collectors host={host} />}
      {tab === "events" && <EventList hostId={host.id} />}
    </Stack>
  );
}

function Header({ host }: { host: Host }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const waits = host.state === "login_refused" || host.state === "down";
  const address = `${host.username}@${host.address}${host.port === 22 ? "" : `:${host.port}`}`;
  const { error, refetch } = useQuery({
    queryKey: ["retry", host.id],
    enabled: false,
    queryFn: () => data(api.POST("/api/v1/hosts/{host_id}/retry", { params: { path: { host_id: host.id } } })),
  });
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="sm">
            <Title order={1}>{host.name}</Title>
            <StateBadge state={host.state} />
            <Text size="sm" c="dimmed">
              <When at={host.state_since} />
            </Text>
          </Group>
          <Group gap="xs" mt={4}>
            <Text size="sm" c="dimmed" className="mono">
              {address}
            </Text>
            {host.tags.map((tag) => (
              <Badge key={tag} size="sm" variant="light" radius="sm" tt="none">
                {tag}
              </Badge>
            ))}
          </Group>
        </div>
        <RowMenu host={host} onDeleted={() => navigate({ to: "/" })} />
      </Group>
      {host.state_reason && host.state !== "up" && !host.presented_key && (
        <Alert color={host.state === "down" ? "red" : host.state === "login_refused" ? "orange" : "gray"} role="status">
          <Group justify="space-between">
            <Text size="sm">
              {reasonOf(host, i18n)}
              {host.retry_at && <Retry at={host.retry_at} />}
            </Text>
            {waits && may("hosts.operate") && (
              <Button size="xs" variant="default" onClick={() => refetch()}>
                {t("host.reconnect")}
              </Button>
            )}
          </Group>
        </Alert>
      )}
      {error && <ErrorNote error={error} />}
      {host.clock_offset_s !== null && Math.abs(host.clock_offset_s) >= 2 && (
        <Text size="sm" c="orange">
          {t("host.clockOff", { seconds: host.clock_offset_s.toFixed(0) })}
        </Text>
      )}
      {host.note && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {host.note}
        </Text>
      )}
      {host.jump_host_id && (
        <Text size="sm" c="dimmed">
          {t("host.through")}{" "}
          <Anchor component={Link} to="/hosts/$hostId" params={{ hostId: String(host.jump_host_id) } as never}>
            {t("host.jump")}
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}

/** When the next attempt is; one that is due is under way. */
function Retry({ at }: { at: string }) {
  const { t } = useTranslation();
  const now = useNow(1000);
  if (Date.parse(at) <= now) return <> {t("host.retryNow")}</>;
  return (
    <>
      {" "}
      {t("host.retryAt")} <When at={at} />
    </>
  );
}
