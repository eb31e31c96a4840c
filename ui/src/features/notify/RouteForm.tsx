import { Group, MultiSelect, NumberInput, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { groupsQuery, useChange } from "../../api/queries";
import { LANGUAGES } from "../../app/i18n";
import { fieldErrors } from "../../parts/fields";
import { FormModal } from "../admin/FormModal";
import { browserZone, type Channel, NEWS, type News, type Route, zones } from "./queries";

interface RouteFormProps {
  route: Route | null;
  channels: readonly Channel[];
  onClose: () => void;
}

type Draft = Omit<Route, "id">;

export function RouteForm({ route, channels, onClose }: RouteFormProps) {
  const { t, i18n } = useTranslation();
  const groups = useQuery(groupsQuery).data?.items ?? [];
  const [draft, setDraft] = useState<Draft>(
    route ?? {
      name: "",
      channel_id: channels[0]?.id ?? 0,
      addresses: [],
      news: ["host_down", "host_up", "host_needs_you"],
      all_hosts: true,
      group_ids: [],
      language: i18n.language,
      zone: browserZone(),
      wait_s: 30,
      interval_s: 300,
      enabled: true,
    },
  );
  const set = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const save = useChange(async () => {
    const { name, channel_id, addresses, all_hosts, group_ids, zone, wait_s, interval_s, enabled } = draft;
    const rest = { name, channel_id, addresses, all_hosts, group_ids, zone, wait_s, interval_s, enabled };
    const body = {
      ...rest,
      news: draft.news as News[],
      language: draft.language === "zh-CN" ? "zh-CN" : "en",
    } as const;
    if (route)
      await data(api.PATCH("/api/v1/notify/routes/{route_id}", { params: { path: { route_id: route.id } }, body }));
    else await data(api.POST("/api/v1/notify/routes", { body }));
    onClose();
  }, ["notice-routes", "deliveries"]);
  const errors = fieldErrors(save.error);
  return (
    <FormModal
      title={route ? t("notify.editRoute", { name: route.name }) : t("notify.addRoute")}
      action={t("action.save")}
      busy={save.isPending}
      error={save.error}
      why={draft.news.length === 0 ? t("notify.newsFirst") : undefined}
      onSubmit={() => save.mutate(undefined as never)}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        size="sm"
        maxLength={100}
        label={t("notify.name")}
        value={draft.name}
        error={errors.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Select
        size="sm"
        label={t("notify.channel")}
        allowDeselect={false}
        value={String(draft.channel_id)}
        data={channels.map((one) => ({ value: String(one.id), label: one.name }))}
        onChange={(next) => set({ channel_id: Number(next) })}
      />
      <TagsInput
        size="sm"
        label={t("notify.to")}
        description={t("notify.toHint")}
        splitChars={[",", ";", " "]}
        value={draft.addresses}
        error={errors.addresses}
        onChange={(typed) => set({ addresses: typed.flatMap((one) => one.split(/[\s,;]+/)).filter(Boolean) })}
      />
      <MultiSelect
        size="sm"
        label={t("notify.newsHead")}
        value={draft.news}
        data={NEWS.map((kind) => ({ value: kind, label: t(`notify.news.${kind}`) }))}
        onChange={(news) => set({ news })}
      />
      <Switch
        size="sm"
        label={t("notify.allHosts")}
        checked={draft.all_hosts}
        onChange={(event) => set({ all_hosts: event.currentTarget.checked })}
      />
      {!draft.all_hosts && (
        <MultiSelect
          size="sm"
          label={t("notify.groups")}
          description={t("notify.groupsHint")}
          value={draft.group_ids.map(String)}
          data={groups.map((group) => ({ value: String(group.id), label: group.name }))}
          onChange={(ids) => set({ group_ids: ids.map(Number) })}
        />
      )}
      <Group grow align="flex-start">
        <NumberInput
          size="sm"
          min={0}
          max={3600}
          label={t("notify.wait")}
          description={t("notify.waitHint")}
          value={draft.wait_s}
          onChange={(next) => set({ wait_s: Number(next) })}
        />
        <NumberInput
          size="sm"
          min={0}
          max={86_400}
          label={t("notify.interval")}
          description={t("notify.intervalHint")}
          value={draft.interval_s}
          onChange={(next) => set({ interval_s: Number(next) })}
        />
      </Group>
      <Group grow>
        <Select
          size="sm"
          label={t("nav.language")}
          allowDeselect={false}
          value={draft.language}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          onChange={(next) => set({ language: next ?? "en" })}
        />
        <Select
          size="sm"
          searchable
          label={t("notify.zone")}
          allowDeselect={false}
          value={draft.zone}
          error={errors.zone}
          data={zones()}
          onChange={(next) => set({ zone: next ?? "UTC" })}
        />
      </Group>
      <Switch
        size="sm"
        label={t("notify.enabled")}
        checked={draft.enabled}
        onChange={(event) => set({ enabled: event.currentTarget.checked })}
      />
    </FormModal>
  );
}
