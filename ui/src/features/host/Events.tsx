import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { exact } from "../../format/units";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";

const SHOWN = 200;

export function useEvents(hostId: number) {
  return useQuery({
    queryKey: ["events", hostId],
    queryFn: () =>
      data(
        api.GET("/api/v1/hosts/{host_id}/events", { params: { path: { host_id: hostId }, query: { limit: SHOWN } } }),
      ),
  });
}

/** What happened to the host, newest first. */
export function EventList({ hostId }: { hostId: number }) {
  const { t, i18n } = useTranslation();
  const query = useEvents(hostId);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Rows />;
  if (query.data.items.length === 0) {
    return (
      <div className="card">
        <Empty title={t("event.none")} />
      </div>
    );
  }
  return (
    <div className="card scroll-x">
      <table className="grid-table">
        <thead>
          <tr>
            <th>{t("event.at")}</th>
            <th>{t("event.what")}</th>
            <th>{t("event.detail")}</th>
          </tr>
        </thead>
        <tbody>
          {query.data.items.map((event) => (
            <tr key={event.id}>
              <td style={{ whiteSpace: "nowrap" }}>{exact(event.at, i18n.language)}</td>
              <td style={{ whiteSpace: "nowrap" }}>{t(`event.${event.kind}`)}</td>
              <td>
                <Text size="sm" c="dimmed">
                  {String(event.detail.reason ?? event.detail.fingerprint ?? event.detail.by ?? "")}
                </Text>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
