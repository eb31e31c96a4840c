import {
  Group,
  MultiSelect,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { credentialsQuery, groupsQuery, tagsQuery, useMe } from "../../api/queries";
import { useFleet } from "../../live/hooks";
import type { Draft } from "./draft";

interface FieldsProps {
  draft: Draft;
  errors: Record<string, string>;
  editing?: Host;
  onChange: (next: Partial<Draft>) => void;
}

export function Fields({ draft, errors, editing, onChange }: FieldsProps) {
  const { t } = useTranslation();
  const { data: groups } = useQuery(groupsQuery);
  const { data: tags } = useQuery(tagsQuery);
  const { data: me } = useMe();
  const { hosts } = useFleet();
  const jumps = [...hosts.values()].filter((host) => host.id !== editing?.id);
  return (
    <Stack gap="sm">
      <Group grow align="flex-start" wrap="wrap">
        <TextInput
          label={t("form.address")}
          required
          data-autofocus
          miw={220}
          value={draft.address}
          error={errors.address}
          placeholder="203.0.113.7"
          autoComplete="off"
          onChange={(event) => onChange({ address: event.currentTarget.value })}
        />
        <NumberInput
          label={t("form.port")}
          size="sm"
          min={1}
          max={65535}
          maw={110}
          hideControls
          value={draft.port}
          error={errors.port}
          onChange={(port) => onChange({ port: Number(port) || 22 })}
        />
        <TextInput
          label={t("form.username")}
          required
          value={draft.username}
          error={errors.username}
          autoComplete="off"
          onChange={(event) => onChange({ username: event.currentTarget.value })}
        />
      </Group>
      <TextInput
        label={t("form.name")}
        placeholder={draft.address || t("form.namePlaceholder")}
        value={draft.name}
        error={errors.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Login draft={draft} errors={errors} onChange={onChange} />
      <Group grow align="flex-start">
        <MultiSelect
          label={t("form.groups")}
          size="sm"
          description={me?.all_hosts ? undefined : t("form.groupNeeded")}
          data={(groups?.items ?? []).map((group) => ({ value: String(group.id), label: group.name }))}
          value={draft.group_ids.map(String)}
          error={errors.group_ids}
          onChange={(ids) => onChange({ group_ids: ids.map(Number) })}
        />
        <TagsInput
          label={t("form.tags")}
          size="sm"
          data={(tags?.items ?? []).map((tag) => tag.name)}
          value={draft.tags}
          error={errors.tags}
          onChange={(next) => onChange({ tags: next })}
        />
      </Group>
      <Select
        label={t("form.jump")}
        size="sm"
        description={t("form.jumpHint")}
        clearable
        searchable
        data={jumps.map((host) => ({ value: String(host.id), label: host.name }))}
        value={draft.jump_host_id === null ? null : String(draft.jump_host_id)}
        error={errors.jump_host_id}
        onChange={(id) => onChange({ jump_host_id: id === null ? null : Number(id) })}
      />
      <Textarea
        label={t("form.note")}
        size="sm"
        autosize
        minRows={2}
        value={draft.note}
        error={errors.note}
        onChange={(event) => onChange({ note: event.currentTarget.value })}
      />
    </Stack>
  );
}

function Login({ draft, errors, onChange }: Omit<FieldsProps, "editing">) {
  const { t } = useTranslation();
  const { data: credentials } = useQuery(credentialsQuery);
  return (
    <Stack gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={t("form.login")}
        value={draft.secret}
        onChange={(secret) => onChange({ secret: secret as Draft["secret"] })}
        data={[
          { value: "password", label: t("form.withPassword") },
          { value: "key", label: t("form.withKey") },
          { value: "stored", label: t("form.withStored") },
        ]}
      />
      {draft.secret === "password" && (
        <PasswordInput
          label={t("form.password")}
          value={draft.password}
          error={errors["credential.password"] ?? errors.password}
          autoComplete="new-password"
          onChange={(event) => onChange({ password: event.currentTarget.value })}
        />
      )}
      {draft.secret === "key" && (
        <>
          <Textarea
            label={t("form.privateKey")}
            size="sm"
            minRows={4}
            autosize
            maxRows={10}
            placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
            classNames={{ input: "mono" }}
            spellCheck={false}
            value={draft.private_key}
            error={errors["credential.private_key"] ?? errors.private_key}
            onChange={(event) => onChange({ private_key: event.currentTarget.value })}
          />
          <PasswordInput
            label={t("form.passphrase")}
            value={draft.passphrase}
            error={errors["credential.passphrase"]}
            autoComplete="new-password"
            onChange={(event) => onChange({ passphrase: event.currentTarget.value })}
          />
        </>
      )}
      {draft.secret === "stored" && (
        <Select
          label={t("form.stored")}
          size="sm"
          searchable
          placeholder={credentials?.items.length === 0 ? t("form.noneStored") : undefined}
          data={(credentials?.items ?? []).map((one) => ({
            value: String(one.id),
            label: `${one.name} (${t(`credential.${one.kind}`)})`,
          }))}
          value={draft.credential_id === null ? null : String(draft.credential_id)}
          error={errors.credential_id}
          onChange={(id) => onChange({ credential_id: id === null ? null : Number(id) })}
        />
      )}
    </Stack>
  );
}
