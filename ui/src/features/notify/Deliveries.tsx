import { Badge, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useChange } from "../../api/queries";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { Listing } from "../admin/Listing";
import { Heading } from "./Channels";
import { deliveriesQuery } from "./queries";

const COLORS: Record<string, string> = { sent: "teal.8", pending: "blue.8", dead: "red.8", dropped: "gray" };

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
              <>
                <Badge color={COLORS[one.state]}>{t(`notify.states.${one.state}`)}</Badge>
                {one.error && (
                  <Text size="xs" c="dimmed" maw={360}>
                    {one.error}
                  </Text>
                )}
              </>
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
