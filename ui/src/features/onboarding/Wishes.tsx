import { Checkbox, Group, MultiSelect, Radio, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { credentialsQuery, groupsQuery, tagsQuery, useMe } from "../../api/queries";
import type { Draft } from "./draft";
import { SetUp } from "./SetUp";

interface WishesProps {
  draft: Draft;
  errors: Record<string, string>;
  onChange: (next: Partial<Draft>) => void;
}

/** What is to be done on the way in. */
export function Wishes({ draft, errors, onChange }: WishesProps) {
  const { t } = useTranslation();
  const { data: credentials } = useQuery(credentialsQuery);
  const keys = (credentials?.items ?? []).filter((one) => one.kind === "key");
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t("onboard.use")}
        value={draft.use}
        onChange={(use) => onChange({ use: use as Draft["use"] })}
      >
        <Stack gap={6} mt={4}>
          <Radio value="full" label={t("onboard.useFull")} description={t("onboard.useFullText")} />
          <Radio value="account" label={t("onboard.useAccount")} description={t("onboard.useAccountText")} />
          <Radio value="monitor" label={t("onboard.useMonitor")} description={t("onboard.useMonitorText")} />
        </Stack>
      </Radio.Group>
      {draft.use === "account" && (
        <Group grow align="flex-start">
          <TextInput
            label={t("onboard.account")}
            value={draft.account}
            error={errors["account.name"]}
            autoComplete="off"
            onChange={(event) => onChange({ account: event.currentTarget.value })}
          />
          <Select
            label={t("onboard.sudo")}
            allowDeselect={false}
            value={draft.sudo}
            data={(["none", "limited", "all"] as const).map((value) => ({
              value,
              label: t(`onboard.sudoWord.${value}`),
            }))}
            onChange={(sudo) => onChange({ sudo: (sudo ?? "none") as Draft["sudo"] })}
          />
        </Group>
      )}
      <Select
        label={t("onboard.key")}
        description={t("onboard.keyHint")}
        clearable
        searchable
        placeholder={t("onboard.newKey")}
        data={keys.map((one) => ({ value: String(one.id), label: one.name }))}
        value={draft.key_credential_id === null ? null : String(draft.key_credential_id)}
        error={errors.key_credential_id}
        onChange={(id) => onChange({ key_credential_id: id === null ? null : Number(id) })}
      />
      <Checkbox
        label={t("onboard.harden")}
        description={t("onboard.hardenText")}
        checked={draft.disable_password}
        onChange={(event) => onChange({ disable_password: event.currentTarget.checked })}
      />
      <SetUp draft={draft} errors={errors} onChange={onChange} />
      <Places draft={draft} errors={errors} onChange={onChange} />
    </Stack>
  );
}

function Places({ draft, errors, onChange }: WishesProps) {
  const { t } = useTranslation();
  const { data: groups } = useQuery(groupsQuery);
  const { data: tags } = useQuery(tagsQuery);
  const { data: me } = useMe();
  return (
    <Group grow align="flex-start">
      <MultiSelect
        label={t("form.groups")}
        description={me?.all_hosts ? undefined : t("form.groupNeeded")}
        data={(groups?.items ?? []).map((group) => ({ value: String(group.id), label: group.name }))}
        value={draft.group_ids.map(String)}
        error={errors.group_ids}
        onChange={(ids) => onChange({ group_ids: ids.map(Number) })}
      />
      <TagsInput
        label={t("form.tags")}
        data={(tags?.items ?? []).map((tag) => tag.name)}
        value={draft.tags}
        error={errors.tags}
        onChange={(next) => onChange({ tags: next })}
      />
    </Group>
  );
}
