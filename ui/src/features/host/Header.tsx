import { Alert, Anchor, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data, type Host } from "../../api/client";
import { groupsQuery, useChange, useMay } from "../../api/queries";
import { useDiscreet } from "../../app/preferences";
import { useFleet, useNow } from "../../live/hooks";
import { Copyable } from "../../parts/Copyable";
import { ErrorNote } from "../../parts/Notices";
import { OpenTerminal } from "../../parts/OpenTerminal";
import { Crumbs } from "../../parts/Page";
import { reasonOf } from "../../parts/reason";
import { StateBadge } from "../../parts/StateBadge";
import { When } from "../../parts/When";
import { RowMenu } from "../fleet/RowMenu";
import type { FleetSearch } from "../fleet/search";

const CLOCK_OFF_S = 2;
const ALERT_COLORS: Partial<Record<Host["state"], string>> = { down: "red", login_refused: "orange" };

/** Which host it is, how it is and since when, and what stands in its way. */
export function Header({ host }: { host: Host }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: groups } = useQuery(groupsQuery);
  const names = groups?.items.filter((group) => host.group_ids.includes(group.id)) ?? [];
  const address = `${host.username}@${host.address}${host.port === 22 ? "" : `:${host.port}`}`;
  const clock = host.clock_offset_s;
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Group gap={6} style={{ rowGap: 4, minWidth: 0 }}>
          <Crumbs above={[{ label: t("nav.fleet"), to: "/" }]} />
          <Title order={1} mr={6} style={{ overflowWrap: "anywhere" }}>
            {host.name}
          </Title>
          <StateBadge state={host.state} />
          <Text size="sm" c="dimmed" mr={6}>
            <When at={host.state_since} />
          </Text>
          <Copyable quiet value={address} label={t("column.address")} />
          {names.map((group) => (
            <Label key={group.id} search={{ group: [group.id] }} variant="default">
              {group.name}
            </Label>
          ))}
          {host.tags.map((tag) => (
            <Label key={tag} search={{ tag: [tag] }} variant="light">
              {tag}
            </Label>
          ))}
        </Group>
        <Group gap={4} wrap="nowrap">
          <OpenTerminal host={host} />
          <RowMenu host={host} onDeleted={() => navigate({ to: "/" })} />
        </Group>
      </Group>
      <Reason host={host} />
      {clock !== null && Math.abs(clock) >= CLOCK_OFF_S && (
        <Text size="sm" c="var(--state-warn)">
          {t("host.clockOff", { seconds: clock.toFixed(0) })}
        </Text>
      )}
      {host.note && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {host.note}
        </Text>
      )}
      {host.jump_host_id !== null && <Jump hostId={host.jump_host_id} />}
    </Stack>
  );
}

interface LabelProps {
  search: FleetSearch;
  variant: string;
  children: string;
}

/** A group or tag, which leads to the hosts that have it. */
function Label({ search, variant, children }: LabelProps) {
  return (
    <Link to="/" search={search} className="plain-link">
      <Badge size="sm" variant={variant} className="link-badge">
        {children}
      </Badge>
    </Link>
  );
}

/** Why it is not up, and when it is tried again. */
function Reason({ host }: { host: Host }) {
  const { t } = useTranslation();
  const may = useMay();
  const discreet = useDiscreet();
  const retry = useChange(() =>
    data(api.POST("/api/v1/hosts/{host_id}/retry", { params: { path: { host_id: host.id } } })),
  );
  if (!host.state_reason || host.state === "up" || host.presented_key) return null;
  const waits = host.state === "login_refused" || host.state === "down";
  return (
    <>
      <Alert color={ALERT_COLORS[host.state] ?? "gray"} role="status">
        <Group justify="space-between" gap="xs">
          <Text size="sm">
            {reasonOf(host, t, discreet)}
            {host.retry_at && <Retry at={host.retry_at} />}
          </Text>
          {waits && may("hosts.operate") && (
            <Button
              size="xs"
              variant="default"
              loading={retry.isPending}
              onClick={() => retry.mutate(undefined as never)}
            >
              {t("host.reconnect")}
            </Button>
          )}
        </Group>
      </Alert>
      {retry.error && <ErrorNote error={retry.error} />}
    </>
  );
}

function Jump({ hostId }: { hostId: number }) {
  const { t } = useTranslation();
  const { hosts } = useFleet();
  return (
    <Text size="sm" c="dimmed">
      {t("host.through")}{" "}
      <Anchor component={Link} to={`/hosts/${hostId}`} size="sm">
        {hosts.get(hostId)?.name ?? t("host.jump")}
      </Anchor>
    </Text>
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
