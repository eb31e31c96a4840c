import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { Sparkline } from "../../charts/Sparkline";
import { bits, duration } from "../../format/units";
import { Bar } from "../../parts/Bar";
import { reasonOf } from "../../parts/reason";
import { StateBadge } from "../../parts/StateBadge";
import { isTrouble } from "./order";
import { RowMenu } from "./RowMenu";

export function FleetCards({ hosts }: { hosts: readonly Host[] }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3, xl: 4 }} spacing="sm">
      {hosts.map((host) => (
        <Card key={host.id} host={host} />
      ))}
    </SimpleGrid>
  );
}

function Card({ host }: { host: Host }) {
  const { t, i18n } = useTranslation();
  const { summary } = host;
  return (
    <Stack gap={8} p="sm" className="card" data-host={host.id}>
      <Group justify="space-between" wrap="nowrap">
        <Link to="/hosts/$hostId" params={{ hostId: String(host.id) }} className="plain-link" style={{ minWidth: 0 }}>
          <Text fw={600} size="sm" truncate>
            {host.name}
          </Text>
        </Link>
        <Group gap={4} wrap="nowrap">
          <StateBadge state={host.state} />
          <RowMenu host={host} />
        </Group>
      </Group>
      {isTrouble(host.state) ? (
        <Text size="sm" c="dimmed" lineClamp={3}>
          {reasonOf(host, i18n)}
        </Text>
      ) : (
        <>
          {(
            [
              ["cpu", summary.cpu_percent],
              ["memory", summary.memory_percent],
              ["disk", summary.disk_percent],
            ] as const
          ).map(([name, value]) => (
            <Group key={name} gap="xs" wrap="nowrap">
              <Text size="xs" c="dimmed" w={64}>
                {t(`column.${name}`)}
              </Text>
              <div style={{ flex: 1, fontSize: 12 }}>
                <Bar value={value} />
              </div>
            </Group>
          ))}
          <Group justify="space-between" wrap="nowrap">
            <Sparkline values={summary.cpu_history ?? []} label={t("fleet.trendOf", { name: host.name })} />
            <Text size="xs" c="dimmed" ta="right">
              ↓ {bits(summary.net_receive_bytes_per_second)} ↑ {bits(summary.net_transmit_bytes_per_second)}
              <br />
              {duration(summary.uptime_s)}
            </Text>
          </Group>
        </>
      )}
    </Stack>
  );
}
