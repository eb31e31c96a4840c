import { Button, Chip, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data, type Host } from "../../api/client";
import { useChange, useMay } from "../../api/queries";
import { ErrorNote } from "../../parts/Notices";

function counted(host: Host): string[] {
  const fallback = Array.isArray(host.facts.default_interfaces) ? host.facts.default_interfaces.map(String) : [];
  return host.counted_interfaces ?? fallback;
}

/** Whether an interface counts as the host's traffic; all do where nobody knows. */
export function countedBy(host: Host): (instance: string) => boolean {
  const chosen = new Set(counted(host));
  return (instance) => chosen.size === 0 || chosen.has(instance);
}

/** Which interfaces make up the host's traffic: its default ones, or those the user chooses. */
export function Interfaces({ host }: { host: Host }) {
  const { t } = useTranslation();
  const may = useMay()("hosts.write");
  const { data: latest } = useQuery({
    queryKey: ["latest", host.id],
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/latest", { params: { path: { host_id: host.id } } })),
  });
  const change = useChange((counted_interfaces: string[] | null) =>
    data(
      api.PATCH("/api/v1/hosts/{host_id}", { params: { path: { host_id: host.id } }, body: { counted_interfaces } }),
    ),
  );
  const series = latest?.frames.find((frame) => frame.cadence === "core")?.series ?? [];
  const known = series.filter((one) => one.metric === "net_receive_bytes_per_second").map((one) => one.instance);
  const chosen = counted(host);
  if (known.length === 0) return null;
  return (
    <div className="card" style={{ padding: 12 }}>
      <Group gap="xs">
        <Text size="sm">{t("interface.counted")}</Text>
        <Chip.Group multiple value={chosen} onChange={(next) => change.mutate(next)}>
          {[...new Set([...known, ...chosen])].map((name) => (
            <Chip key={name} size="xs" value={name} disabled={!may}>
              {name}
            </Chip>
          ))}
        </Chip.Group>
        {host.counted_interfaces !== null && may && (
          <Button size="compact-xs" variant="subtle" onClick={() => change.mutate(null)}>
            {t("interface.default")}
          </Button>
        )}
        {host.counted_interfaces === null && (
          <Text size="xs" c="dimmed">
            {t("interface.isDefault")}
          </Text>
        )}
      </Group>
      {change.error && <ErrorNote error={change.error} />}
    </div>
  );
}
