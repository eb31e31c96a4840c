import { Badge, Button, Select, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { credentialsQuery, useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { When } from "../../parts/When";
import { type Rotation, rotationsQuery } from "./calls";
import { RotationView } from "./RotationView";

const route = getRouteApi("/inside/keys");

/** Changes of keys: begun, under way, done. */
export function KeysPage() {
  const { t } = useTranslation();
  const { id, credential } = route.useSearch();
  const may = useMay();
  const [form, setForm] = useState(credential !== undefined);
  const above = [
    { label: t("nav.fleet"), to: "/" },
    ...(id === undefined ? [] : [{ label: t("rotation.title"), to: "/keys" }]),
  ];
  const start = may("hosts.write") && (
    <Button leftSection={<IconRefresh size={16} />} onClick={() => setForm(true)}>
      {t("rotation.start")}
    </Button>
  );
  return (
    <Page
      title={id === undefined ? t("rotation.title") : t("rotation.one")}
      above={above}
      actions={id === undefined && start}
    >
      {id === undefined ? <Rotations start={start} /> : <RotationView id={id} />}
      {form && <StartForm first={credential} onClose={() => setForm(false)} />}
    </Page>
  );
}

function Rotations({ start }: { start: React.ReactNode }) {
  const { t } = useTranslation();
  const query = useQuery(rotationsQuery);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  if (query.data.items.length === 0)
    return (
      <div className="card">
        <Empty title={t("rotation.none")} action={start}>
          {t("rotation.text")}
        </Empty>
      </div>
    );
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed" maw={720}>
        {t("rotation.text")}
      </Text>
      <div className="card scroll-x">
        <table className="grid-table stacking">
          <thead>
            <tr>
              <th>{t("rotation.old")}</th>
              <th>{t("rotation.new")}</th>
              <th>{t("onboard.state")}</th>
              <th className="num">{t("rotation.progress")}</th>
              <th>{t("onboard.changed")}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.items.map((one) => (
              <Row key={one.id} one={one} />
            ))}
          </tbody>
        </table>
      </div>
    </Stack>
  );
}

function Row({ one }: { one: Rotation }) {
  const { t } = useTranslation();
  const total = Object.values(one.counts).reduce((sum, number) => sum + number, 0);
  return (
    <tr>
      <td data-label={t("rotation.old")}>
        <Link to="/keys" search={{ id: one.id }} className="quiet-link">
          {one.old_name}
        </Link>
      </td>
      <td data-label={t("rotation.new")}>{one.new_name}</td>
      <td data-label={t("onboard.state")}>
        <Badge variant="light" color={one.state === "done" ? "green" : one.state === "waiting" ? "yellow" : "gray"}>
          {t(`rotation.stateWord.${one.state}`)}
        </Badge>
      </td>
      <td data-label={t("rotation.progress")} className="num">
        {`${one.counts.done ?? 0} / ${total}`}
      </td>
      <td data-label={t("onboard.changed")}>
        <When at={one.updated_at} />
      </td>
    </tr>
  );
}

function StartForm({ first, onClose }: { first?: number; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: credentials } = useQuery(credentialsQuery);
  const [old, setOld] = useState<string | null>(first === undefined ? null : String(first));
  const [next, setNext] = useState<string | null>(null);
  const keys = (credentials?.items ?? []).filter((one) => one.kind === "key");
  const chosen = keys.find((one) => String(one.id) === old);
  const begin = useChange(async () => {
    const body = { credential_id: Number(old), new_credential_id: next === null ? null : Number(next) };
    const made = await data(api.POST("/api/v1/key-rotations", { body }));
    navigate({ to: "/keys", search: { id: made.id } });
  }, ["rotations", "credentials"]);
  return (
    <Confirm
      title={t("rotation.start")}
      action={chosen ? t("rotation.begin", { count: chosen.host_count }) : t("rotation.beginPlain")}
      harmless
      why={chosen ? (chosen.host_count === 0 ? t("rotation.noHosts") : undefined) : t("rotation.chooseOld")}
      onClose={onClose}
      onConfirm={() => begin.mutateAsync(undefined as never)}
    >
      <Stack gap="sm">
        <Text size="sm">{t("rotation.startText")}</Text>
        <Select
          label={t("rotation.old")}
          required
          searchable
          data={keys.map((one) => ({
            value: String(one.id),
            label: `${one.name} (${t("rotation.hosts", { count: one.host_count })})`,
          }))}
          value={old}
          onChange={setOld}
        />
        <Select
          label={t("rotation.new")}
          clearable
          searchable
          placeholder={t("onboard.newKey")}
          data={keys.filter((one) => String(one.id) !== old).map((one) => ({ value: String(one.id), label: one.name }))}
          value={next}
          onChange={setNext}
        />
      </Stack>
    </Confirm>
  );
}
