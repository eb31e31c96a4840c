import { Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../../api/queries";
import { fieldErrors } from "../../../parts/fields";
import { Guard } from "../../../parts/Guard";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { WhyButton } from "../../../parts/WhyButton";
import { templatesQuery } from "../../jobs/calls";
import { SurveyBuilder } from "../../jobs/forms/SurveyBuilder";
import { faultOf as questionFault } from "../../jobs/forms/survey";
import { Launchers } from "../../jobs/templates/Launchers";
import { Notices, Panel } from "../../jobs/templates/TemplateFields";
import { addWorkflow, changeWorkflow, workflowQuery } from "../calls";
import { LaunchDialog } from "../LaunchDialog";
import type { Workflow } from "../types";
import { BLANK, bodyOf, draftOf, errorsByNode, faultOf, type WorkflowDraft } from "./draft";
import { Editor } from "./Editor";
import { useHistory, useUndoKeys } from "./useHistory";

const newRoute = getRouteApi("/inside/workflows/new");
const route = getRouteApi("/inside/workflows/$workflowId");

/** A workflow that is made: blank, or as a copy. */
export function NewWorkflowPage() {
  const { t } = useTranslation();
  const { from } = newRoute.useSearch();
  const source = useQuery({ ...workflowQuery(from ?? 0), enabled: from !== undefined });
  if (from !== undefined && !source.data) return <Frame error={source.error} onRetry={() => source.refetch()} />;
  const first = source.data ? draftOf(source.data, t("template.copyOf", { name: source.data.name })) : BLANK;
  return <Form first={first} workflow={null} onStale={() => undefined} />;
}

/** A workflow that is changed, or looked at by those who may not. */
export function WorkflowPage() {
  const { workflowId } = route.useParams();
  const id = Number(workflowId);
  const query = useQuery({ ...workflowQuery(id), gcTime: 0, refetchOnWindowFocus: false });
  // what is being written stands on one version until somebody asks for another: a later reading takes nothing away
  const [kept, setKept] = useState<Workflow | null>(null);
  if (query.data && kept?.id !== id) setKept(query.data);
  if (kept?.id !== id) return <Frame error={query.error} onRetry={() => query.refetch()} />;
  return (
    <Form
      key={`${workflowId} ${kept.version}`}
      first={draftOf(kept)}
      workflow={kept}
      onStale={async () => setKept((await query.refetch()).data ?? kept)}
    />
  );
}

function useAbove() {
  const { t } = useTranslation();
  return [
    { label: t("nav.jobs"), to: "/jobs" },
    { label: t("jobs.part.workflows"), to: "/workflows" },
  ];
}

function Frame({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Page title={t("workflow.one")} above={useAbove()}>
      {error ? (
        <ErrorNote error={error} onRetry={onRetry} />
      ) : (
        <div className="card">
          <Rows />
        </div>
      )}
    </Page>
  );
}

interface FormProps {
  first: WorkflowDraft;
  workflow: Workflow | null;
  /** Somebody else has changed it: it is read again. */
  onStale: () => void;
}

/** What is being saved, and what the controller said of it. */
function useSaving(workflow: Workflow | null) {
  const [sent, setSent] = useState<WorkflowDraft>(BLANK);
  const save = useChange(
    (draft: WorkflowDraft) => {
      setSent(draft);
      const body = bodyOf(draft);
      return workflow ? changeWorkflow(workflow.id, { ...body, base: workflow.version }) : addWorkflow(body);
    },
    ["workflows", "workflow"],
  );
  const errors = fieldErrors(save.error);
  return { save, errors, byNode: useMemo(() => errorsByNode(fieldErrors(save.error), sent), [save.error, sent]) };
}

function Form({ first, workflow, onStale }: FormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const above = useAbove();
  const may = useMay()("jobs.manage") && (workflow?.may_change ?? true);
  const history = useHistory(first);
  const { now: draft, put } = history;
  const known = useQuery(templatesQuery);
  const templates = useMemo(() => known.data && new Map(known.data.items.map((one) => [one.id, one])), [known.data]);
  const [launching, setLaunching] = useState(false);
  const { save, errors, byNode } = useSaving(workflow);
  const dirty = may && JSON.stringify(draft) !== JSON.stringify(first);
  // saving leaves the page before the next drawing could know of it
  const saved = useRef(false);
  const why = useWhyNot(draft, workflow !== null && !dirty);
  const go = () => {
    if (why !== undefined || save.isPending) return;
    const done = () => {
      saved.current = true;
      navigate({ to: "/workflows" });
    };
    save.mutate(draft, { onSuccess: done });
  };
  useUndoKeys(history);
  if (!may && !workflow)
    return (
      <Page title={t("workflow.new")} above={above}>
        <div className="card">
          <Empty title={t("template.forbidden")}>{t("run.forbiddenText")}</Empty>
        </div>
      </Page>
    );
  const set = (next: Partial<WorkflowDraft>, what: string) => put({ ...draft, ...next }, what);
  return (
    <Page
      title={workflow?.name ?? t("workflow.new")}
      above={above}
      actions={workflow && <LaunchButton workflow={workflow} dirty={dirty} onLaunch={() => setLaunching(true)} />}
    >
      <Guard is={() => dirty && !saved.current} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Stack gap="md">
          <Words draft={draft} errors={errors} readOnly={!may} onChange={set} />
          {known.error && <ErrorNote error={known.error} onRetry={() => known.refetch()} />}
          <Editor history={history} templates={templates ?? null} errors={byNode} readOnly={!may} />
          <fieldset disabled={!may} className="plain-fieldset">
            <Stack gap="md">
              <Panel title={t("workflow.survey")}>
                <SurveyBuilder
                  questions={draft.survey}
                  errors={errors}
                  onChange={(survey) => set({ survey }, "survey")}
                />
              </Panel>
              <Panel title={t("template.part.people")}>
                <Launchers
                  ids={draft.launcher_ids}
                  error={errors.launcher_ids}
                  onChange={(launcher_ids) => set({ launcher_ids }, "launchers")}
                />
                <Notices notify={draft.notify} onChange={(notify) => set({ notify }, "notify")} />
              </Panel>
            </Stack>
          </fieldset>
          {save.error && <ErrorNote error={save.error} onRetry={workflow ? onStale : undefined} />}
          {may && (
            <Group gap="sm" className="launch-bar">
              <WhyButton type="submit" loading={save.isPending} why={why}>
                {t("action.save")}
              </WhyButton>
              <Button variant="default" onClick={() => navigate({ to: "/workflows" })}>
                {t("action.cancel")}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
      {launching && workflow && <LaunchDialog workflow={workflow} onClose={() => setLaunching(false)} />}
    </Page>
  );
}

function useWhyNot(draft: WorkflowDraft, unchanged: boolean): string | undefined {
  const { t } = useTranslation();
  if (!draft.name.trim()) return t("template.nameless");
  if (draft.nodes.length === 0) return t("workflow.noNodes");
  if (draft.nodes.some((one) => faultOf(one, draft, null))) return t("workflow.mendNodes");
  if (draft.survey.some((one) => questionFault(one, draft.survey))) return t("template.surveyFaulty");
  return unchanged ? t("template.unchanged") : undefined;
}

interface WordsProps {
  draft: WorkflowDraft;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  onChange: (next: Partial<WorkflowDraft>, what: string) => void;
}

function Words({ draft, errors, readOnly, onChange }: WordsProps) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" align="flex-start" grow preventGrowOverflow={false}>
      <TextInput
        label={t("template.name")}
        required
        readOnly={readOnly}
        maxLength={200}
        miw={240}
        data-autofocus
        value={draft.name}
        error={errors.name}
        onChange={(event) => onChange({ name: event.currentTarget.value }, "name")}
      />
      <Textarea
        label={t("template.description")}
        size="sm"
        autosize
        minRows={1}
        miw={240}
        readOnly={readOnly}
        maxLength={2000}
        value={draft.description}
        error={errors.description}
        onChange={(event) => onChange({ description: event.currentTarget.value }, "description")}
      />
    </Group>
  );
}

interface LaunchButtonProps {
  workflow: Workflow;
  dirty: boolean;
  onLaunch: () => void;
}

function LaunchButton({ workflow, dirty, onLaunch }: LaunchButtonProps) {
  const { t } = useTranslation();
  return (
    <WhyButton
      variant="default"
      leftSection={<IconPlayerPlay size={16} />}
      why={!workflow.may_launch ? t("template.mayNotLaunch") : dirty ? t("template.saveFirst") : undefined}
      onClick={onLaunch}
    >
      {t("template.launch")}
    </WhyButton>
  );
}
