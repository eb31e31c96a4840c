import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Host, type Schemas } from "../../api/client";
import { useDiscreet } from "../../app/preferences";
import type { Mark } from "../../charts/plot";
import { stamp } from "../../format/units";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { sentenceOf } from "../../parts/reason";

type HostEvent = Schemas["EventView"];

const SHOWN = 200;
const TONES: Record<string, Mark["tone"]> = { down: "bad", key_changed: "bad", reboot: "plain", up: "good" };

function useEvents(hostId: number) {
  return useQuery({
    queryKey: ["events", hostId],
    queryFn: () =>
      data(
        api.GET("/api/v1/hosts/{host_id}/events", { params: { path: { host_id: hostId }, query: { limit: SHOWN } } }),
      ),
  });
}

/** When it really began: an outage is noticed some seconds later. */
function beginning(event: HostEvent): number {
  return typeof event.detail.since === "number" ? event.detail.since : Date.parse(event.at) / 1000;
}

/** What happened to the host as marks on the time axis. */
export function useMarks(hostId: number): readonly Mark[] {
  const { t } = useTranslation();
  const { data: events } = useEvents(hostId);
  return useMemo(
    () =>
      (events?.items ?? []).flatMap((event) => {
        const tone = TONES[event.kind];
        return tone ? [{ at: beginning(event), tone, label: t(`event.${event.kind}`) }] : [];
      }),
    [events, t],
  );
}

/** What happened to the host, newest first. */
export function EventList({ host }: { host: Host }) {
  const { t, i18n } = useTranslation();
  const discreet = useDiscreet();
  const query = useEvents(host.id);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) {
    return (
      <div className="card">
        <Rows />
      </div>
    );
  }
  if (query.data.items.length === 0) {
    return (
      <div className="card">
        <Empty title={t("event.none")}>{t("event.noneText")}</Empty>
      </div>
    );
  }
  const said = ({ detail }: HostEvent): string => {
    const sentence = sentenceOf(detail.code, host, t, discreet);
    if (sentence) return sentence;
    if (detail.reason) return String(detail.reason).replaceAll(host.address, discreet(host.address));
    if (detail.fingerprint) {
      const fingerprint = discreet(String(detail.fingerprint));
      return detail.by ? t("event.keyBy", { fingerprint, name: detail.by }) : fingerprint;
    }
    return detail.by ? t("event.by", { name: detail.by }) : "";
  };
  return (
    <div className="card scroll-x">
      <table className="grid-table stacking">
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
              <td className="nowrap">{stamp(event.at, i18n.language)}</td>
              <td className="nowrap" data-label={t("event.what")}>
                {t(`event.${event.kind}`)}
              </td>
              <td data-label={t("event.detail")} className="prose quiet">
                {said(event)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
