import {
  Badge,
  Button,
  Group,
  Paper,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Title,
  useMantineColorScheme,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { sessionsQuery, useChange, useMe } from "../../api/queries";
import { LANGUAGES, type Language, setLanguage } from "../../app/i18n";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { When } from "../../parts/When";

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
      <Sessions />
    </Page>
  );
}

function Appearance() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Paper className="card" p="md" maw={560}>
      <Group align="flex-end">
        <Select
          size="sm"
          label={t("nav.language")}
          allowDeselect={false}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          value={i18n.language}
          onChange={(language) => setLanguage(language as Language)}
        />
        <SegmentedControl
          size="sm"
          aria-label={t("profile.theme")}
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme as "auto" | "light" | "dark")}
          data={["auto", "light", "dark"].map((value) => ({ value, label: t(`profile.${value}`) }))}
        />
      </Group>
    </Paper>
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
        <table className="grid-table">
          <thead>
            <tr>
              <th>{t("profile.browser")}</th>
              <th>{t("audit.address")}</th>
              <th>{t("profile.seen")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {query.data.items.map((one) => (
              <tr key={one.id}>
                <td style={{ maxWidth: 420 }}>
                  <Text size="sm" truncate title={one.user_agent}>
                    {one.user_agent || "–"}
                  </Text>
                </td>
                <td className="mono">{one.address}</td>
                <td>
                  <When at={one.last_seen_at} />
                </td>
                <td style={{ textAlign: "right" }}>
                  {one.current ? (
                    <Badge variant="light">{t("profile.this")}</Badge>
                  ) : (
                    <Button size="compact-xs" variant="subtle" color="red" onClick={() => end.mutate(one.id)}>
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
