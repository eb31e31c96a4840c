import { Button, Group, Stack } from "@mantine/core";
import { IconDeviceFloppy, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../../api/queries";
import { fieldErrors } from "../../../parts/fields";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { WhyButton } from "../../../parts/WhyButton";
import { jobQuery, kindsQuery, launch } from "../calls";
import { type Schema, sentOf } from "../forms/schema";
import { hand } from "../handover";
import { NeedsRoot } from "../init/NeedsRoot";
import { useInitFault } from "../init/useInit";
import type { Kind } from "../types";
import { again, begin, type Draft, specOf, TYPED, WORK, workOf } from "./draft";
import { Options, Work } from "./Parts";
import { TargetPreview } from "./TargetPreview";
import { TargetsField, targetErrors } from "./TargetsField";
import { missingHosts, useResolved } from "./useResolved";

const route = getRouteApi("/inside/run");

/** Type something, choose hosts, run it. */
export function RunPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const kinds = useQuery({ ...kindsQuery, enabled: may("jobs.run") });
  const before = useQuery({ ...jobQuery(search.job ?? 0), enabled: search.job !== undefined });
  const waits = kinds.isPending || (search.job !== undefined && before.isPending);
  const above = [{ label: t("nav.jobs"), to: "/jobs" }];
  const error = kinds.error ?? before.error;
  return (
    <Page title={t("nav.run")} above={above}>
      {!may("jobs.run") ? (
        <div className="card">
          <Empty title={t("run.forbidden")}>{t("run.forbiddenText")}</Empty>
        </div>
      ) : error ? (
        <ErrorNote error={error} onRetry={() => kinds.refetch()} />
      ) : waits ? (
        <div className="card">
          <Rows />
        </div>
      ) : (
        <Form
          key={JSON.stringify(search)}
          kinds={(kinds.data?.items ?? []).filter(
            (kind) => TYPED.includes(kind.name) || kind.name === before.data?.kind,
          )}
          first={before.data ? again(before.data) : begin(search)}
        />
      )}
    </Page>
  );
}

function Form({ kinds, first }: { kinds: readonly Kind[]; first: Draft }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const [draft, setDraft] = useState(first);
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));
  const becomeRoot = useCallback(
    () => setDraft((before) => ({ ...before, become: { ...before.become, user: "root" } })),
    [],
  );
  const resolved = useResolved(draft.targets);
  const kind = kinds.find((one) => one.name === draft.kind) ?? kinds[0];
  const send = useChange(launch, ["jobs", "job-commands"]);
  const errors = fieldErrors(send.error);
  const fault = useInitFault(kind?.name ?? "", kind ? specOf(draft, kind) : {});
  if (!kind) return null;
  const schema = kind.schema as Schema;
  const spec = specOf(draft, kind);
  const count = resolved.hosts?.length ?? 0;
  const missing = missingHosts(resolved);
  const blank = kind.name in WORK && !String(spec[workOf(kind.name, schema)] ?? "").trim();
  const why = blank ? t("run.nothingTyped") : (fault ?? (missing && t(missing)));
  const go = () => {
    if (why !== undefined || send.isPending) return;
    const { become, targets, limits, check } = draft;
    const body = {
      name: "",
      kind: kind.name,
      spec: sentOf(schema, spec),
      targets,
      limits,
      check: check && kind.can_check,
      diff: check && kind.can_diff,
      become: become && { user: become.user },
      password: become?.password ?? null,
      needs_approval: false,
      lock: "none" as const,
      on_lock: "wait" as const,
    };
    send.mutate(body, { onSuccess: (job) => navigate({ to: "/jobs/$jobId", params: { jobId: String(job.id) } }) });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <Stack gap="md">
        <Work
          kinds={kinds}
          kind={kind}
          draft={draft}
          errors={errors}
          onChange={change}
          onRun={go}
          note={<NeedsRoot hosts={resolved.hosts} become={draft.become} byItself onBecome={becomeRoot} />}
        />
        <section className="card panel" aria-label={t("targets.label")}>
          <Stack gap="sm">
            <TargetsField
              targets={draft.targets}
              errors={targetErrors(errors)}
              onChange={(targets) => change({ targets })}
            />
            <TargetPreview resolved={resolved} />
          </Stack>
        </section>
        <Options kind={kind} draft={draft} errors={errors} onChange={change} />
        {send.error && <ErrorNote error={send.error} />}
        <Group gap="sm" className="launch-bar">
          <WhyButton type="submit" loading={send.isPending} why={why} leftSection={<IconPlayerPlay size={16} />}>
            {count > 0 && why === undefined ? t("run.go", { count }) : t("run.goPlain")}
          </WhyButton>
          <Keep kind={kind.name} spec={spec} draft={draft} />
        </Group>
      </Stack>
    </form>
  );
}

/** Keeps what was typed as a template. */
function Keep({ kind, spec, draft }: { kind: string; spec: Readonly<Record<string, unknown>>; draft: Draft }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  if (!useMay()("jobs.manage")) return null;
  const keep = () => {
    const { targets, become, limits } = draft;
    hand({ kind, spec, targets, become: become && { user: become.user }, limits });
    navigate({ to: "/jobs/templates/new", search: { draft: true } });
  };
  return (
    <Button variant="default" leftSection={<IconDeviceFloppy size={16} />} onClick={keep}>
      {t("run.keep")}
    </Button>
  );
}
