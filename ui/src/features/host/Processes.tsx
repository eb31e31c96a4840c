import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Host } from "../../api/client";
import { useMay } from "../../api/queries";
import { bytes, percent } from "../../format/units";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { When } from "../../parts/When";

/** The busiest and the biggest processes, read from the host when somebody looks. */
export function Processes({ host }: { host: Host }) {
  const { t } = useTranslation();
  const may = useMay()("hosts.operate");
  const [by, setBy] = useState<"cpu" | "memory">("cpu");
  const query = useQuery({
    queryKey: ["processes", host.id],
    enabled: may && host.state === "up",
    gcTime: 0,
    staleTime: 0,
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/processes", { params: { path: { host_id: host.id } } })),
  });
  if (!may || host.state !== "up") {
    return (
      <div className="card">
        <Empty title={t(may ? "process.hostDown" : "process.forbidden")}>
          {t(may ? "process.hostDownText" : "process.forbiddenText")}
        </Empty>
      </div>
    );
  }
  const rows = (by === "cpu" ? query.data?.by_cpu : query.data?.by_memory) ?? [];
  return (
    <div className="card scroll-x">
      <Group p="sm" justify="space-between">
        <SegmentedControl
          size="xs"
          value={by}
          onChange={(next) => setBy(next as "cpu" | "memory")}
          aria-label={t("process.order")}
          data={[
            { value: "cpu", label: t("process.byCpu") },
            { value: "memory", label: t("process.byMemory") },
          ]}
        />
        <Group gap="xs">
          {query.data && (
            <Text size="xs" c="dimmed">
              <When at={query.data.at} />
            </Text>
          )}
          <Button
            size="xs"
            variant="default"
            leftSection={<IconRefresh size={14} />}
            loading={query.isFetching}
            onClick={() => query.refetch()}
          >
            {t("action.refresh")}
          </Button>
        </Group>
      </Group>
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      {query.isPending ? (
        <Rows />
      ) : (
        <table className="grid-table stacking processes">
          <thead>
            <tr>
              <th>{t("process.name")}</th>
              <th>{t("process.user")}</th>
              <th className="num">PID</th>
              <th className="num">CPU %</th>
              <th className="num">{t("process.share")}</th>
              <th className="num">{t("process.memory")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.pid}>
                <td style={{ maxWidth: 420 }}>
                  <Text size="sm" truncate title={row.command}>
                    {row.command || row.name}
                  </Text>
                </td>
                <td data-label={t("process.user")}>{row.user}</td>
                <td className="num" data-label="PID">
                  {row.pid}
                </td>
                <td className="num" data-label="CPU %">
                  {percent(row.cpu_percent)}
                </td>
                <td className="num" data-label={t("process.share")}>
                  {percent(row.memory_percent)}
                </td>
                <td className="num" data-label={t("process.memory")}>
                  {bytes(row.memory_bytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
