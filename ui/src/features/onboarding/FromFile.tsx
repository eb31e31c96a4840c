import { Alert, Group, Paper, PasswordInput, SegmentedControl, Select, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { credentialsQuery, useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import type { FileFormat, Preview } from "./calls";
import { type Draft, fresh, wishesOf } from "./draft";
import { FileDrop } from "./FileDrop";
import { JumpSelect } from "./JumpSelect";
import { PreviewTable } from "./PreviewTable";
import { Wishes } from "./Wishes";

/** Hosts of a file: dropped, looked at, and taken in by password or with a key that is in place. */
export function FromFile() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [format, setFormat] = useState<FileFormat>("csv");
  const [preview, setPreview] = useState<Preview | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [how, setHow] = useState<"password" | "key">("password");
  const [draft, setDraft] = useState(fresh);
  const [results, setResults] = useState<readonly Schemas["ImportRowResult"][]>([]);
  const read = useChange(async (given: { text: string; format: FileFormat }) => {
    setResults([]);
    setPreview(null);
    const found = await data(api.POST("/api/v1/imports/preview", { body: given }));
    setPreview(found);
    setChosen(new Set(found.items.filter((row) => !row.problems.length && !row.twin).map((row) => row.index)));
  });
  const rows = [...chosen];
  const begin = useChange(async () => {
    const wishes = { ...wishesOf(draft), password: draft.password || null };
    const made = await data(api.POST("/api/v1/onboardings/import", { body: { text, format, rows, ...wishes } }));
    const refused = made.items.filter((one) => one.id == null);
    setResults(refused);
    if (refused.length === 0) navigate({ to: "/hosts/onboard", search: { batch: made.batch } });
    return made;
  }, ["onboardings", "groups"]);
  const take = useChange(
    async (dry: boolean) => {
      const { group_ids, tags, login_credential_id: credential_id } = draft;
      const body = { text, format, rows, group_ids, tags, credential_id, enabled: true, dry_run: dry };
      const done = await data(api.POST("/api/v1/imports", { body }));
      setResults(done.items.filter((one) => one.code));
      return done;
    },
    ["groups", "tags", "credentials"],
  );
  const give = (next: string, kind: FileFormat) => {
    setText(next);
    setFormat(kind);
    if (next.trim()) read.mutate({ text: next, format: kind });
    else setPreview(null);
  };
  const change = (next: Partial<Draft>) => setDraft({ ...draft, ...next });
  const errors = { ...fieldErrors(begin.error), ...fieldErrors(take.error) };
  const unlocked = preview?.items.filter((row) => chosen.has(row.index)).every((row) => row.has_password);
  const why = rows.length === 0 ? t("onboard.chooseRows") : undefined;
  const whyNot = why ?? (unlocked || draft.password ? undefined : t("onboard.needsPasswords"));
  return (
    <Stack gap="md">
      <Paper className="card" p="md">
        <FileDrop text={text} format={format} busy={read.isPending} onGive={give} />
        {read.error && <ErrorNote error={read.error} />}
      </Paper>
      {preview && (
        <PreviewTable preview={preview} chosen={chosen} results={results} onChoose={(next) => setChosen(next)} />
      )}
      {preview && preview.items.length > 0 && (
        <Paper className="card" p="md">
          <Stack gap="sm">
            <Title order={2}>{t("onboard.whatTitle")}</Title>
            <SegmentedControl
              aria-label={t("onboard.howIn")}
              value={how}
              style={{ alignSelf: "flex-start" }}
              onChange={(next) => setHow(next as typeof how)}
              data={[
                { value: "password", label: t("onboard.howPassword") },
                { value: "key", label: t("onboard.howKey") },
              ]}
            />
            {how === "password" ? (
              <>
                <PasswordInput
                  label={t("onboard.commonPassword")}
                  description={t("onboard.commonPasswordText")}
                  autoComplete="new-password"
                  value={draft.password}
                  onChange={(event) => change({ password: event.currentTarget.value })}
                />
                <JumpSelect
                  value={draft.jump_host_id}
                  error={errors.jump_host_id}
                  onChange={(jump_host_id) => change({ jump_host_id })}
                />
                <Wishes draft={draft} errors={errors} onChange={change} />
              </>
            ) : (
              <KeyInPlace draft={draft} onChange={change} />
            )}
            {begin.error && <ErrorNote error={begin.error} />}
            {take.error && <ErrorNote error={take.error} />}
            <Outcome taken={take.data} begun={begin.data} refused={results.length} />
            <Group gap="xs">
              {how === "password" ? (
                <WhyButton loading={begin.isPending} why={whyNot} onClick={() => begin.mutate(undefined as never)}>
                  {t("onboard.beginMany", { count: rows.length })}
                </WhyButton>
              ) : (
                <>
                  <WhyButton loading={take.isPending} why={why} onClick={() => take.mutate(false)}>
                    {t("onboard.takeMany", { count: rows.length })}
                  </WhyButton>
                  <WhyButton variant="default" why={why} onClick={() => take.mutate(true)}>
                    {t("onboard.dryRun")}
                  </WhyButton>
                </>
              )}
            </Group>
          </Stack>
        </Paper>
      )}
    </Stack>
  );
}

function KeyInPlace({ draft, onChange }: { draft: Draft; onChange: (next: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const { data: credentials } = useQuery(credentialsQuery);
  return (
    <Select
      label={t("form.stored")}
      description={t("onboard.keyInPlaceText")}
      searchable
      clearable
      data={(credentials?.items ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
      value={draft.login_credential_id === null ? null : String(draft.login_credential_id)}
      onChange={(id) => onChange({ login_credential_id: id === null ? null : Number(id) })}
    />
  );
}

interface OutcomeProps {
  taken?: Schemas["ImportResults"];
  begun?: Schemas["OnboardingBatchResult"];
  refused: number;
}

function Outcome({ taken, begun, refused }: OutcomeProps) {
  const { t } = useTranslation();
  if (taken) {
    const count = taken.items.filter((one) => !one.code).length;
    return (
      <Alert color={refused ? "yellow" : "green"} variant="light" role="status">
        <Text size="sm">{t(taken.dry_run ? "onboard.wouldTake" : "onboard.taken", { count })}</Text>
        {refused > 0 && <Text size="sm">{t("onboard.refused", { count: refused })}</Text>}
      </Alert>
    );
  }
  if (begun && refused > 0)
    return (
      <Alert color="yellow" variant="light" role="status">
        {t("onboard.refused", { count: refused })}
      </Alert>
    );
  return null;
}
