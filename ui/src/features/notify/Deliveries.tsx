import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useChange } from "../../api/queries";
import { RowAction } from "../../parts/RowAction";
import { Told, type Tone } from "../../parts/Told";
import { When } from "../../parts/When";
import { Listing } from "../admin/Listing";
import { Heading } from "./Channels";
import { deliveriesQuery } from "./queries";

const TONES: Record<string, Tone> = { sent: "good", pending: "busy", dead: "bad", dropped: "off" };

export function Deliveries() {
  const { t } = useTranslation();
  const query = useQuery(deliveriesQuery);
  const resend = useChange(
    (id: number) =>
      api.POST("/api/v1/notify/deliveries/{delivery_id}/resend", { params: { path: { delivery_id: id } } }),
    ["deliveries", "channels"],
  );
  return (
    <section aria-label={t("notify.deliveries")}>
      <Heading>{t("notify.deliveries")}</Heading>
      <Listing
        query={query}
        empty={t("notify.noDeliveries")}
        columns={[
          { head: t("notify.created"), cell: (one) => <When at={one.created_at} /> },
          { head: t("notify.to"), cell: (one) => one.addresses.join(", ") },
          { head: t("notify.subject"), cell: (one) => one.subject || "–" },
          {
            head: t("notify.state"),
            cell: (one) => (
              <Told tone={TONES[one.state] ?? "off"} word={t(`notify.states.${one.state}`)}>
                {one.error}
              </Told>
            ),
          },
          { head: t("notify.attempts"), cell: (one) => one.attempts, numeric: true },
        ]}
        actions={(one) =>
          (one.state === "dead" || (one.state === "pending" && one.attempts > 0)) && (
            <RowAction
              icon={IconRefresh}
              label={t("notify.resend")}
              of={one.subject}
              onClick={() => resend.mutate(one.id)}
            />
          )
        }
      />
    </section>
  );
}
