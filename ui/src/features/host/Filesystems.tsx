import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data, type Host } from "../../api/client";
import { bytes, percent } from "../../format/units";
import { Bar } from "../../parts/Bar";

/** Each file system with its space and inodes, as last read. */
export function Filesystems({ host }: { host: Host }) {
  const { t } = useTranslation();
  const { data: latest } = useQuery({
    queryKey: ["latest", host.id],
    refetchInterval: 60_000,
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/latest", { params: { path: { host_id: host.id } } })),
  });
  const slow = latest?.frames.find((frame) => frame.cadence === "slow");
  const rows = new Map<string, Record<string, number | null>>();
  slow?.series.forEach((one, place) => {
    if (!one.metric.startsWith("filesystem_")) return;
    const row = rows.get(one.instance) ?? {};
    row[one.metric] = slow.values[place] ?? null;
    rows.set(one.instance, row);
  });
  if (rows.size === 0) return null;
  return (
    <div className="card scroll-x">
      <Title order={2} p="sm" pb={0} fz={13}>
        {t("panel.filesystems")}
      </Title>
      <table className="grid-table stacking">
        <thead>
          <tr>
            <th>{t("filesystem.mount")}</th>
            <th className="num">{t("filesystem.used")} %</th>
            <th className="num">{t("filesystem.used")}</th>
            <th className="num">{t("filesystem.total")}</th>
            <th className="num">{t("filesystem.inodes")} %</th>
          </tr>
        </thead>
        <tbody>
          {[...rows].map(([mount, row]) => (
            <tr key={mount}>
              <td className="mono">{mount}</td>
              <td className="num" style={{ width: 140 }} data-label={`${t("filesystem.used")} %`}>
                <Bar value={row.filesystem_used_percent} />
              </td>
              <td className="num" data-label={t("filesystem.used")}>
                {bytes(row.filesystem_used_bytes)}
              </td>
              <td className="num" data-label={t("filesystem.total")}>
                {bytes(row.filesystem_total_bytes)}
              </td>
              <td className="num" data-label={`${t("filesystem.inodes")} %`}>
                {percent(row.filesystem_inodes_percent)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
