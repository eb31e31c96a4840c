import { Button } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { groupsQuery, useChange } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { RowAction } from "../../parts/RowAction";
import { WhyButton } from "../../parts/WhyButton";
import { Listing } from "../admin/Listing";
import { Heading } from "./Channels";
import { channelsQuery, type Route, routesQuery } from "./queries";
import { RouteForm } from "./RouteForm";

/** Who gets what: the administrators' routes. */
export function Routes() {
  const { t } = useTranslation();
  const query = useQuery(routesQuery);
  const channels = useQuery(channelsQuery).data?.items ?? [];
  const groups = useQuery(groupsQuery).data?.items ?? [];
  const [form, setForm] = useState<Route | "new" | null>(null);
  const [deleting, setDeleting] = useState<Route | null>(null);
  const remove = useChange(
    (id: number) => api.DELETE("/api/v1/notify/routes/{route_id}", { params: { path: { route_id: id } } }),
    ["notice-routes", "deliveries"],
  );
  const nameOf = (id: number) => channels.find((one) => one.id === id)?.name ?? "–";
  const where = (route: Route) => {
    if (route.all_hosts) return t("notify.allHosts");
    const names = route.group_ids.map((id) => groups.find((group) => group.id === id)?.name ?? String(id));
    return names.join(", ") || t("notify.noHosts");
  };
  const add =
    channels.length > 0 ? (
      <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")}>
        {t("notify.addRoute")}
      </Button>
    ) : (
      <WhyButton why={t("notify.channelFirst")}>{t("notify.addRoute")}</WhyButton>
    );
  return (
    <section aria-label={t("notify.routes")}>
      <Heading>{t("notify.routes")}</Heading>
      <Listing
        text={t("notify.routesText")}
        query={query}
        empty={t("notify.noRoutes")}
        columns={[
          { head: t("notify.name"), cell: (one) => one.name },
          { head: t("notify.channel"), cell: (one) => nameOf(one.channel_id) },
          { head: t("notify.to"), cell: (one) => one.addresses.join(", ") },
          { head: t("notify.hosts"), cell: where },
          { head: t("notify.newsHead"), cell: (one) => one.news.map((kind) => t(`notify.news.${kind}`)).join(", ") },
          { head: t("notify.state"), cell: (one) => (one.enabled ? t("notify.on") : t("notify.off")) },
        ]}
        action={add}
        actions={(one) => (
          <>
            <RowAction icon={IconPencil} label={t("action.edit")} of={one.name} onClick={() => setForm(one)} />
            <RowAction
              icon={IconTrash}
              harm
              label={t("action.delete")}
              of={one.name}
              onClick={() => setDeleting(one)}
            />
          </>
        )}
      />
      {form && <RouteForm route={form === "new" ? null : form} channels={channels} onClose={() => setForm(null)} />}
      {deleting && (
        <Confirm
          title={t("notify.deleteRoute", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => remove.mutateAsync(deleting.id)}
        >
          {t("notify.deleteRouteText")}
        </Confirm>
      )}
    </section>
  );
}
