import {
  Alert,
  Anchor,
  Checkbox,
  Group,
  NumberInput,
  Paper,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { credentialsQuery, useChange } from "../../api/queries";
import { Copyable } from "../../parts/Copyable";
import { fieldErrors } from "../../parts/fields";
import { KeyHowTo } from "../../parts/KeyHowTo";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { type Draft, fresh, wishOf } from "./draft";
import { Wishes } from "./Wishes";

type Looked = Schemas["KeyLookResult"];

/** One host: where it is, which key it shows, how to log in, what to do. */
export function OneHost() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(fresh);
  const [looked, setLooked] = useState<Looked | null>(null);
  const [trusted, setTrusted] = useState(false);
  const change = (next: Partial<Draft>) => {
    setDraft({ ...draft, ...next });
    if ("address" in next || "port" in next) {
      setLooked(null);
      setTrusted(false);
    }
  };
  const look = useChange(async () => {
    const body = { address: draft.address, port: draft.port };
    setLooked(await data(api.POST("/api/v1/onboardings/fingerprint", { body })));
  });
  const begin = useChange(async () => {
    const body = wishOf(draft, looked?.presented_key?.line ?? "", looked?.host_id ?? null);
    const made = await data(api.POST("/api/v1/onboardings", { body }));
    navigate({ to: "/hosts/onboard", search: { id: made.id } });
  }, ["onboardings"]);
  const errors = { ...fieldErrors(look.error), ...fieldErrors(begin.error) };
  const key = looked?.presented_key;
  const why = lacking(draft, Boolean(key) && trusted, t);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (key) {
          if (why === undefined && !begin.isPending) begin.mutate(undefined as never);
        } else if (draft.address) look.mutate(undefined as never);
      }}
    >
      <Stack gap="md">
        <Paper className="card" p="md">
          <Stack gap="sm">
            <Title order={2}>{t("onboard.whereTitle")}</Title>
            <Where draft={draft} errors={errors} onChange={change} />
            <Group>
              <WhyButton
                type={key ? "button" : "submit"}
                variant={key ? "default" : "filled"}
                loading={look.isPending}
                why={draft.address ? undefined : t("form.needsAddress")}
                onClick={key ? () => look.mutate(undefined as never) : undefined}
              >
                {t("onboard.look")}
              </WhyButton>
            </Group>
            {look.error && <ErrorNote error={look.error} />}
            {looked && !key && (
              <Alert color="red" variant="light" role="alert">
                {looked.detail}
              </Alert>
            )}
            {key && (
              <Stack gap={6} className="card" p="sm">
                <Text size="sm" fw={550}>
                  {t("trial.keyTitle")}
                </Text>
                <Copyable value={`${key.type} ${key.fingerprint}`} label={t("credential.public")} />
                <KeyHowTo />
                <Checkbox
                  label={t("trial.trust")}
                  checked={trusted}
                  onChange={(event) => setTrusted(event.currentTarget.checked)}
                />
              </Stack>
            )}
            {looked?.host_id && (
              <Alert color="blue" variant="light">
                {t("onboard.known", { name: looked.host_name })}
              </Alert>
            )}
          </Stack>
        </Paper>
        {key && trusted && (
          <Paper className="card" p="md">
            <Stack gap="sm">
              <Title order={2}>{t("onboard.loginTitle")}</Title>
              <Login draft={draft} errors={errors} onChange={change} />
              <Title order={2} mt="xs">
                {t("onboard.whatTitle")}
              </Title>
              <Wishes draft={draft} errors={errors} onChange={change} />
            </Stack>
          </Paper>
        )}
        {begin.error && <ErrorNote error={begin.error} />}
        {key && (
          <Group>
            <WhyButton type="submit" loading={begin.isPending} why={why}>
              {t("onboard.begin")}
            </WhyButton>
          </Group>
        )}
        <Text size="sm" c="dimmed">
          {t("onboard.otherWay")}{" "}
          <Anchor component={Link} to="/hosts/new" size="sm" underline="always">
            {t("onboard.withKeyInPlace")}
          </Anchor>
        </Text>
      </Stack>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  errors: Record<string, string>;
  onChange: (next: Partial<Draft>) => void;
}

function Where({ draft, errors, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
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
  );
}

function Login({ draft, errors, onChange }: PartProps) {
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

/** What has to be there before it can begin. */
function lacking(draft: Draft, trusted: boolean, t: TFunction): string | undefined {
  if (!trusted) return t("onboard.needsTrust");
  if (!draft.username) return t("form.needsUser");
  if (draft.by === "password" ? !draft.password : draft.login_credential_id === null) return t("onboard.needsLogin");
  return undefined;
}
