import { Group, NumberInput, PasswordInput, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { credentialsQuery } from "../../api/queries";
import type { Draft } from "./draft";
import { JumpSelect } from "./JumpSelect";

interface PartProps {
  draft: Draft;
  errors: Record<string, string>;
  onChange: (next: Partial<Draft>) => void;
}

/** Where the host is, and the way to it. */
export function Where({ draft, errors, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <Group grow align="flex-start" wrap="wrap">
        <TextInput
          label={t("form.address")}
          required
          miw={200}
          placeholder="203.0.113.7"
          autoComplete="off"
          value={draft.address}
          error={errors.address}
          onChange={(event) => onChange({ address: event.currentTarget.value })}
        />
        <NumberInput
          label={t("form.port")}
          min={1}
          max={65535}
          maw={110}
          hideControls
          value={draft.port}
          error={errors.port}
          onChange={(port) => onChange({ port: Number(port) || 22 })}
        />
        <TextInput
          label={t("form.name")}
          miw={160}
          placeholder={draft.address || t("form.namePlaceholder")}
          value={draft.name}
          error={errors.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
      </Group>
      <JumpSelect
        value={draft.jump_host_id}
        error={errors.jump_host_id}
        onChange={(jump_host_id) => onChange({ jump_host_id })}
      />
    </Stack>
  );
}

/** How the host is logged in to now. */
export function Login({ draft, errors, onChange }: PartProps) {
  const { t } = useTranslation();
  const { data: credentials } = useQuery(credentialsQuery);
  return (
    <Stack gap="xs">
      <TextInput
        label={t("form.username")}
        required
        autoComplete="off"
        value={draft.username}
        error={errors.username}
        onChange={(event) => onChange({ username: event.currentTarget.value })}
      />
      <SegmentedControl
        size="xs"
        aria-label={t("form.login")}
        value={draft.by}
        onChange={(by) => onChange({ by: by as Draft["by"] })}
        data={[
          { value: "password", label: t("form.withPassword") },
          { value: "key", label: t("onboard.byKey") },
        ]}
      />
      {draft.by === "password" ? (
        <PasswordInput
          label={t("form.password")}
          description={t("onboard.passwordHint")}
          autoComplete="new-password"
          value={draft.password}
          error={errors.password}
          onChange={(event) => onChange({ password: event.currentTarget.value })}
        />
      ) : (
        <Select
          label={t("form.stored")}
          searchable
          placeholder={credentials?.items.length === 0 ? t("form.noneStored") : undefined}
          data={(credentials?.items ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
          value={draft.login_credential_id === null ? null : String(draft.login_credential_id)}
          error={errors.login_credential_id}
          onChange={(id) => onChange({ login_credential_id: id === null ? null : Number(id) })}
        />
      )}
    </Stack>
  );
}
