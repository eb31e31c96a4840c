import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data, type Host } from "../../api/client";
import { plain } from "../../format/units";
import { ErrorNote, Rows } from "../../parts/Notices";
import { When } from "../../parts/When";

/** How each collector fares on the host. */
export function Collectors({ host }: { host: Host }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["collectors", host.id],
    refetchInterval: 10_000,
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/collectors", { params: { path: { host_id: host.id } } })),
  });
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) {
    return (
      <div className="card">
        <Rows />
      </div>
    );
  }
  return (
    <div className="card scroll-x">
      <table className="grid-table stacking">
        <thead>
          <tr>
            <th>{t("collector.name")}</th>
            <th>{t("collector.cadence")}</th>
            <th>{t("collector.state")}</th>
            <th className="num">{t("collector.duration")} (ms)</th>
            <th>{t("collector.lastSuccess")}</th>
            <th>{t("collector.lastError")}</th>
          </tr>
        </thead>
        <tbody>
          {query.data.items.map((one) => (
            <tr key={one.name}>
              <td title={one.help}>{one.name}</td>
              <td data-label={t("collector.cadence")}>{t(`cadence.${one.cadence}`)}</td>
              <td data-label={t("collector.state")}>
                <Text span size="sm" c={one.ok === false ? "var(--mantine-color-error)" : undefined}>
                  {t(
                    one.ok === null
                      ? "collector.waiting"
                      : !one.applicable
                        ? "collector.absent"
                        : one.ok
                          ? "collector.ok"
                          : "collector.failing",
                  )}
                </Text>
              </td>
              <td className="num" data-label={`${t("collector.duration")} (ms)`}>
                {plain(one.duration_ms)}
              </td>
              <td data-label={t("collector.lastSuccess")}>
                <When at={one.last_success_at} />
              </td>
              <td data-label={t("collector.lastError")} className="prose">
                {one.last_error && (
                  <Text span size="sm" c="dimmed">
                    {one.last_error} (<When at={one.last_error_at} />)
                  </Text>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
