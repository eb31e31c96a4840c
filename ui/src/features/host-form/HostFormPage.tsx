import { Anchor, Button, Checkbox, Group, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Host, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";
import { Copyable } from "../../parts/Copyable";
import { fieldErrors } from "../../parts/fields";
import { KeyHowTo } from "../../parts/KeyHowTo";
import { ErrorNote } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { WhyButton } from "../../parts/WhyButton";
import { type Draft, draftOf, loginOf, plainOf, testKey } from "./draft";
import { Fields } from "./Fields";
import { TrialSteps } from "./TrialSteps";

export function NewHostPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("form.addTitle")} above={[{ label: t("nav.fleet"), to: "/" }]}>
      <Text size="sm" c="dimmed">
        {t("form.byPassword")}{" "}
        <Anchor component={Link} to="/hosts/onboard" size="sm" underline="always">
          {t("onboard.title")}
        </Anchor>
      </Text>
      <HostForm />
    </Page>
  );
}

const editRoute = getRouteApi("/inside/hosts/$hostId/edit");

export function EditHostPage() {
  const { t } = useTranslation();
  const id = Number(editRoute.useParams().hostId);
  const query = useQuery({
    queryKey: ["host", id],
    gcTime: 0,
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}", { params: { path: { host_id: id } } })),
  });
  return (
    <Page
      title={t("form.editTitle")}
      above={[
        { label: t("nav.fleet"), to: "/" },
        { label: query.data?.name ?? "…", to: `/hosts/${id}` },
      ]}
    >
      {query.error ? (
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      ) : query.data ? (
        <HostForm editing={query.data} />
      ) : (
        <Skeleton height={400} />
      )}
    </Page>
  );
}

interface Tested {
  key: string;
  result: Schemas["TrialResult"];
}

function HostForm({ editing }: { editing?: Host }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => draftOf(editing));
  const [tested, setTested] = useState<Tested | null>(null);
  const [approved, setApproved] = useState<string | null>(null);
  const test = useChange(async (fingerprint: string | null) => {
    const { address, port, username, jump_host_id } = draft;
    const place = { address, port, username, jump_host_id, host_id: editing?.id ?? null };
    const body = { ...place, ...loginOf(draft), approved_fingerprint: fingerprint };
    const key = testKey(draft);
    const result = await data(api.POST("/api/v1/hosts/test", { body }));
    setTested({ key, result });
  });
  const shownKey = tested?.result.presented_key;
  const trusted = shownKey && approved === shownKey.fingerprint ? shownKey : null;
  const save = useChange(async () => {
    const plain = plainOf(draft);
    if (editing) {
      const login = draft.secret === "stored" && draft.credential_id === editing.credential_id ? {} : loginOf(draft);
      const body = { ...plain, ...login } as Schemas["HostChanges"];
      return data(api.PATCH("/api/v1/hosts/{host_id}", { params: { path: { host_id: editing.id } }, body }));
    }
    const body = {
      ...plain,
      ...loginOf(draft),
      host_key: trusted?.line ?? null,
      enabled: true,
      monitoring_only: false,
    };
    return data(api.POST("/api/v1/hosts", { body }));
  }, ["credentials", "groups", "tags"]);
  const errors = { ...fieldErrors(test.error), ...fieldErrors(save.error) };
  const why = lacking(draft, t);
  const current = tested?.key === testKey(draft) ? tested.result : null;
  const submit = async () => {
    const host = await save.mutateAsync(undefined as never);
    navigate({ to: "/hosts/$hostId", params: { hostId: String(host.id) } });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (why === undefined) submit().catch(() => undefined);
      }}
    >
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Paper className="card" p="md">
          <Fields
            draft={draft}
            errors={errors}
            editing={editing}
            onChange={(next) => {
              setDraft({ ...draft, ...next });
              if ("address" in next || "port" in next) setApproved(null);
            }}
          />
        </Paper>
        <Paper className="card" p="md">
          <Stack gap="sm">
            <Group justify="space-between">
              <Title order={2}>{t("trial.title")}</Title>
              <WhyButton
                variant="default"
                leftSection={<IconPlugConnected size={16} />}
                loading={test.isPending}
                why={why}
                onClick={() => test.mutate(approved)}
              >
                {t("trial.run")}
              </WhyButton>
            </Group>
            <Text size="sm" c="dimmed">
              {t("trial.text")}
            </Text>
            <TrialSteps steps={current?.steps ?? []} running={test.isPending} />
            {test.error && <ErrorNote error={test.error} />}
            {current && shownKey && !editing?.pinned_keys.length && (
              <Stack gap={6} className="card" p="sm">
                <Text size="sm" fw={550}>
                  {t("trial.keyTitle")}
                </Text>
                <Copyable value={`${shownKey.type} ${shownKey.fingerprint}`} label={t("credential.public")} />
                <KeyHowTo />
                <Checkbox
                  label={t("trial.trust")}
                  checked={trusted !== null}
                  onChange={(event) => {
                    const next = event.currentTarget.checked ? shownKey.fingerprint : null;
                    setApproved(next);
                    if (next && current.steps.some((step) => step.name === "login" && step.ok === null))
                      test.mutate(next);
                  }}
                />
              </Stack>
            )}
            {current?.ok && <Found facts={current.facts} />}
          </Stack>
        </Paper>
      </SimpleGrid>
      {save.error && (
        <div style={{ marginTop: 16 }}>
          <ErrorNote error={save.error} />
        </div>
      )}
      <Group mt="md" gap="xs">
        <WhyButton type="submit" loading={save.isPending} why={why}>
          {t(editing ? "action.save" : "fleet.add")}
        </WhyButton>
        <Button
          variant="default"
          onClick={() =>
            editing ? navigate({ to: "/hosts/$hostId", params: { hostId: String(editing.id) } }) : navigate({ to: "/" })
          }
        >
          {t("action.cancel")}
        </Button>
        {!editing && current && !current.ok && (
          <Text size="sm" c="dimmed">
            {t("trial.saveAnyway")}
          </Text>
        )}
      </Group>
    </form>
  );
}

/** What has to be filled in before anything can be tried. */
function lacking({ address, username }: Draft, t: TFunction): string | undefined {
  if (!address) return t("form.needsAddress");
  return username ? undefined : t("form.needsUser");
}

function Found({ facts }: { facts: Record<string, unknown> }) {
  const { t } = useTranslation();
  const words = ["hostname", "os_name", "kernel", "arch", "cpu_model"].map((name) => facts[name]).filter(Boolean);
  return (
    <Text size="sm" fw={550} c="var(--state-up)">
      {t("trial.ok")} {words.map(String).join(" · ")}
    </Text>
  );
}
