import { Button, Title } from "@mantine/core";
import { IconPencil, IconPlus, IconSend, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useChange } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { RowAction } from "../../parts/RowAction";
import { Told } from "../../parts/Told";
import { When } from "../../parts/When";
import { type Column, Listing } from "../admin/Listing";
import { ChannelForm } from "./ChannelForm";
import { type Channel, channelsQuery } from "./queries";
import { TestForm } from "./TestForm";

const columns = (t: TFunction): Column<Channel>[] => [
  { head: t("notify.name"), cell: (one) => one.name },
  { head: t("notify.kind"), cell: (one) => t(`notify.kinds.${one.kind}`, { defaultValue: one.kind }) },
  { head: t("notify.state"), cell: (one) => <Fares channel={one} /> },
  { head: t("notify.sent"), cell: (one) => one.sent, numeric: true },
  { head: t("notify.waiting"), cell: (one) => one.waiting, numeric: true },
  { head: t("notify.dead"), cell: (one) => one.dead, numeric: true },
  { head: t("notify.lastSent"), cell: (one) => (one.last_sent_at ? <When at={one.last_sent_at} /> : "–") },
];

export function Channels() {
  const { t } = useTranslation();
  const query = useQuery(channelsQuery);
  const [form, setForm] = useState<Channel | "new" | null>(null);
  const [testing, setTesting] = useState<Channel | null>(null);
  const [deleting, setDeleting] = useState<Channel | null>(null);
  const remove = useChange(
    (id: number) => api.DELETE("/api/v1/notify/channels/{channel_id}", { params: { path: { channel_id: id } } }),
    ["channels", "notice-routes", "deliveries", "own-news"],
  );
  return (
    <section aria-label={t("section.channels")}>
      <Listing
        text={t("notify.channelsText")}
        query={query}
        empty={t("notify.noChannels")}
        columns={columns(t)}
        action={
          <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")}>
            {t("notify.addChannel")}
          </Button>
        }
        actions={(one) => (
          <>
            <RowAction icon={IconSend} label={t("notify.test")} of={one.name} onClick={() => setTesting(one)} />
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
      {form && <ChannelForm channel={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {testing && <TestForm channel={testing} onClose={() => setTesting(null)} />}
      {deleting && (
        <Confirm
          title={t("notify.deleteChannel", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => remove.mutateAsync(deleting.id)}
        >
          {t("notify.deleteChannelText", { count: deleting.waiting })}
        </Confirm>
      )}
    </section>
  );
}

function Fares({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  if (!channel.enabled) return <Told tone="off" word={t("notify.off")} />;
  if (!channel.last_error) return <Told tone="good" word={t("notify.fine")} />;
  return (
    <Told tone="bad" word={t("notify.failing")}>
      {channel.last_error}
    </Told>
  );
}

export function Heading({ children }: { children: string }) {
  return (
    <Title order={2} mb="xs">
      {children}
    </Title>
  );
}
