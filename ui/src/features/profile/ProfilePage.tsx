import {
  Badge,
  Button,
  Group,
  Paper,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  Title,
  useMantineColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { sessionsQuery, useChange, useMe } from "../../api/queries";
import { LANGUAGES, type Language } from "../../app/i18n";
import { useDiscreet, usePreferences } from "../../app/preferences";
import type { Rates } from "../../format/units";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { When } from "../../parts/When";
import { OwnNews } from "../notify/OwnNews";
import { browserOf } from "./browser";
import { SshKeys } from "./SshKeys";

export function ProfilePage() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  return (
    <Page title={t("nav.profile")}>
      <Text size="sm">
        {me?.username} · {me && t(`role.${me.role}`)}
      </Text>
      <Appearance />
      <Password />
      <OwnNews />
      <SshKeys />
      <Sessions />
    </Page>
  );
}

function Appearance() {
  const { t, i18n } = useTranslation();
  const { colorScheme } = useMantineColorScheme();
  const { kept, keep } = usePreferences();
  return (
    <Paper className="card" p="md" maw={560}>
      <Stack gap="sm">
        <Title order={2}>{t("profile.appearance")}</Title>
        <Select
          size="sm"
          maw={240}
          label={t("nav.language")}
          allowDeselect={false}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          value={i18n.language}
          onChange={(language) => keep({ language: language as Language })}
        />
        <Choice
          label={t("profile.theme")}
          value={colorScheme}
          options={["auto", "light", "dark"].map((value) => ({ value, label: t(`profile.${value}`) }))}
          onChange={(scheme) => keep({ scheme: scheme as "auto" | "light" | "dark" })}
        />
        <Choice
          label={t("profile.rates")}
          value={kept.rates ?? "bits"}
          options={[
            { value: "bits", label: "Mbit/s" },
            { value: "bytes", label: "MB/s" },
          ]}
          onChange={(rates) => keep({ rates: rates as Rates })}
        />
        <Switch
          label={t("nav.hideAddresses")}
          description={t("profile.hideHint")}
          checked={kept.discreet ?? false}
          onChange={(event) => keep({ discreet: event.currentTarget.checked })}
        />
      </Stack>
    </Paper>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {label}
      </Text>
      <SegmentedControl size="sm" aria-label={label} value={value} onChange={onChange} data={options} />
    </div>
  );
}

function Password() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useChange(async () => {
    await api.POST("/api/v1/me/password", { body: { current, new: next } });
    setCurrent("");
    setNext("");
    notifications.show({ message: t("profile.passwordChanged") });
  }, ["sessions"]);
  const errors = fieldErrors(change.error);
  return (
    <Paper className="card" p="md" maw={560}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(undefined as never);
        }}
      >
        <Stack gap="sm">
          <Title order={2}>{t("profile.password")}</Title>
          <PasswordInput
            label={t("profile.current")}
            autoComplete="current-password"
            required
            value={current}
            error={errors.current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("profile.new")}
            description={t("auth.passwordHint")}
            autoComplete="new-password"
            required
            value={next}
            error={errors.new}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          {change.error && <ErrorNote error={change.error} />}
          <Group>
            <Button type="submit" loading={change.isPending}>
              {t("profile.change")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const discreet = useDiscreet();
  const query = useQuery(sessionsQuery);
  const end = useChange(
    (id: number) => api.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id: id } } }),
    ["sessions"],
  );
  return (
    <div className="card scroll-x">
      <Title order={2} p="md" pb={4}>
        {t("profile.sessions")}
      </Title>
      {(query.error || end.error) && <ErrorNote error={query.error ?? end.error} onRetry={() => query.refetch()} />}
      {query.isPending && <Rows count={2} />}
      {query.data && (
        <table className="grid-table stacking">
          <thead>
            <tr>
              <th>{t("profile.browser")}</th>
              <th>{t("audit.address")}</th>
              <th>{t("profile.seen")}</th>
              <th>
                <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {query.data.items.map((one) => (
              <tr key={one.id}>
                <td title={one.user_agent}>{browserOf(one.user_agent) || "–"}</td>
                <td className="mono" data-label={t("audit.address")}>
                  {discreet(one.address)}
                </td>
                <td data-label={t("profile.seen")}>
                  <When at={one.last_seen_at} />
                </td>
                <td className="stick-right">
                  {one.current ? (
                    <Badge variant="light">{t("profile.this")}</Badge>
                  ) : (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      c="var(--mantine-color-error)"
                      onClick={() => end.mutate(one.id)}
                    >
                      {t("profile.end")}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
