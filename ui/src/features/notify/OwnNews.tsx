import { Button, Checkbox, Group, Paper, Select, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote, Rows } from "../../parts/Notices";
import { Confirmation } from "./Confirmation";
import { browserZone, NEWS, type News, ownNewsQuery, useAsk, zones } from "./queries";

type Own = Schemas["OwnNews"];

/** What one is told oneself, and where. */
export function OwnNews() {
  const { t } = useTranslation();
  const query = useQuery(ownNewsQuery);
  return (
    <Paper className="card" p="md" maw={560} component="section" aria-label={t("notify.own")}>
      <Stack gap="sm">
        <Title order={2}>{t("notify.own")}</Title>
        <Text size="sm" c="dimmed">
          {t("notify.ownText")}
        </Text>
        {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
        {query.isPending && <Rows count={3} />}
        {query.data &&
          (query.data.channels.length ? <OwnForm own={query.data} /> : <Text size="sm">{t("notify.ownNone")}</Text>)}
      </Stack>
    </Paper>
  );
}

function OwnForm({ own }: { own: Own }) {
  const { t, i18n } = useTranslation();
  const fresh = own.channel_id === null;
  const [enabled, setEnabled] = useState(own.enabled);
  const [channelId, setChannelId] = useState(own.channel_id ?? own.channels[0]?.id ?? 0);
  const [address, setAddress] = useState(own.address);
  const [news, setNews] = useState<string[]>(fresh ? ["host_down", "host_up", "host_needs_you"] : own.news);
  const [zone, setZone] = useState(fresh ? browserZone() : own.zone);
  const ask = useAsk();
  const save = useChange(async () => {
    const language = i18n.language === "zh-CN" ? "zh-CN" : "en";
    const body = { enabled, channel_id: channelId, address, news: news as News[], language, zone } as const;
    const kept = await data(api.PUT("/api/v1/me/notify", { body }));
    notifications.show({ message: t("general.saved") });
    // an address that is new gets its link at once
    if (kept.address && !kept.confirmed && kept.asked_at === null) ask.mutate(undefined as never);
  }, ["own-news"]);
  const errors = fieldErrors(save.error);
  const addressed = own.channels.find((one) => one.id === channelId)?.addressed ?? true;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined as never);
      }}
    >
      <Stack gap="sm">
        <Switch
          size="sm"
          label={t("notify.tellMe")}
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
        <Group grow>
          <Select
            size="sm"
            label={t("notify.channel")}
            allowDeselect={false}
            value={String(channelId)}
            data={own.channels.map((one) => ({ value: String(one.id), label: one.name }))}
            onChange={(next) => setChannelId(Number(next))}
          />
          {addressed && (
            <TextInput
              size="sm"
              required
              label={t("notify.address")}
              value={address}
              error={errors.address}
              onChange={(event) => setAddress(event.currentTarget.value)}
            />
          )}
        </Group>
        <Checkbox.Group size="sm" label={t("notify.newsHead")} value={news} onChange={setNews}>
          <Stack gap={6} mt={6}>
            {NEWS.map((kind) => (
              <Checkbox key={kind} size="sm" value={kind} label={t(`notify.news.${kind}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Select
          size="sm"
          searchable
          maw={280}
          label={t("notify.zone")}
          allowDeselect={false}
          value={zone}
          data={zones()}
          onChange={(next) => setZone(next ?? "UTC")}
        />
        {own.address !== "" && addressed && <Confirmation own={own} ask={ask} />}
        {save.error && <ErrorNote error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" size="sm" loading={save.isPending}>
            {t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
