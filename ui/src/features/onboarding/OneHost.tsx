import { Alert, Anchor, Checkbox, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";
import { Copyable } from "../../parts/Copyable";
import { fieldErrors } from "../../parts/fields";
import { KeyHowTo } from "../../parts/KeyHowTo";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { type Draft, fresh, wishOf } from "./draft";
import { Login, Where } from "./Place";
import { Wishes } from "./Wishes";

type Looked = Schemas["KeyLookResult"];

/** One host: where it is, which key it shows, how to log in, what to do. */
export function OneHost({ first }: { first?: Draft }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(first ?? fresh);
  const [looked, setLooked] = useState<Looked | null>(null);
  const [trusted, setTrusted] = useState(false);
  const change = (next: Partial<Draft>) => {
    setDraft({ ...draft, ...next });
    if ("address" in next || "port" in next || "jump_host_id" in next) {
      setLooked(null);
      setTrusted(false);
    }
  };
  const look = useChange(async () => {
    const { address, port, jump_host_id } = draft;
    const body = { address, port, jump_host_id };
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

/** What has to be there before it can begin. */
function lacking(draft: Draft, trusted: boolean, t: TFunction): string | undefined {
  if (!trusted) return t("onboard.needsTrust");
  if (!draft.username) return t("form.needsUser");
  if (draft.by === "password" ? !draft.password : draft.login_credential_id === null) return t("onboard.needsLogin");
  return undefined;
}
