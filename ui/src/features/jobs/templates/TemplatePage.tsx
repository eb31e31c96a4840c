import { Button, Group, Stack } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../../api/queries";
import { fieldErrors } from "../../../parts/fields";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { WhyButton } from "../../../parts/WhyButton";
import { addTemplate, changeTemplate, kindsQuery, templateQuery } from "../calls";
import { type Schema, sentOf } from "../forms/schema";
import { faultOf } from "../forms/survey";
import { useInitFault } from "../init/useInit";
import type { Kind, Template } from "../types";
import { blankTemplate, draftOf, type TemplateDraft } from "./form";
import { LaunchDialog } from "./LaunchDialog";
import { TemplateFields } from "./TemplateFields";

const newRoute = getRouteApi("/inside/jobs/templates/new");
const route = getRouteApi("/inside/jobs/templates/$templateId");

/** A template that is made: blank, as a copy, or of what was typed on the Run page. */
export function NewTemplatePage() {
  const { from, draft } = newRoute.useSearch();
  const kinds = useQuery(kindsQuery);
  const source = useQuery({ ...templateQuery(from ?? 0), enabled: from !== undefined });
  const { t } = useTranslation();
  const waits = kinds.isPending || (from !== undefined && source.isPending);
  const error = kinds.error ?? source.error;
  if (error || waits) return <Frame title={t("template.new")} error={error} onRetry={() => kinds.refetch()} />;
  const items = kinds.data?.items ?? [];
  const first = source.data
    ? draftOf(source.data, t("template.copyOf", { name: source.data.name }))
    : blankTemplate(items, draft === true);
  return <Form kinds={items} first={first} template={null} />;
}

/** A template that is changed, or looked at by those who may not. */
export function TemplatePage() {
  const { templateId } = route.useParams();
  const kinds = useQuery(kindsQuery);
  const template = useQuery(templateQuery(Number(templateId)));
  const error = kinds.error ?? template.error;
  if (error || !kinds.data || !template.data)
    return <Frame title={template.data?.name ?? ""} error={error} onRetry={() => template.refetch()} />;
  return <Form key={templateId} kinds={kinds.data.items} first={draftOf(template.data)} template={template.data} />;
}

/** The page before it is there, or instead. */
function Frame({ title, error, onRetry }: { title: string; error: unknown; onRetry: () => void }) {
  const above = useAbove();
  return (
    <Page title={title} above={above}>
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

function useAbove() {
  const { t } = useTranslation();
  return [
    { label: t("nav.jobs"), to: "/jobs" },
    { label: t("jobs.part.templates"), to: "/jobs/templates" },
  ];
}

interface FormProps {
  kinds: readonly Kind[];
  first: TemplateDraft;
  template: Template | null;
}

function Form({ kinds, first, template }: FormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const above = useAbove();
  const may = useMay()("jobs.manage") && (template?.may_change ?? true);
  const [draft, setDraft] = useState(first);
  const [launching, setLaunching] = useState(false);
  const save = useChange(
    (body: TemplateDraft) => (template ? changeTemplate(template.id, body) : addTemplate(body)),
    ["templates", "template"],
  );
  const errors = fieldErrors(save.error);
  const kind = kinds.find((one) => one.name === draft.kind);
  const sent = kind ? sentOf(kind.schema as Schema, draft.spec) : draft.spec;
  const fault = useInitFault(draft.kind, draft.spec);
  const changed = JSON.stringify(draft) !== JSON.stringify(first);
  const why = !draft.name.trim()
    ? t("template.nameless")
    : draft.survey.some((one) => faultOf(one, draft.survey))
      ? t("template.surveyFaulty")
      : template && !changed
        ? t("template.unchanged")
        : fault;
  if (!may && !template)
    return (
      <Page title={t("template.new")} above={above}>
        <div className="card">
          <Empty title={t("template.forbidden")}>{t("run.forbiddenText")}</Empty>
        </div>
      </Page>
    );
  const launch = template && (
    <WhyButton
      variant="default"
      leftSection={<IconPlayerPlay size={16} />}
      why={!template.may_launch ? t("template.mayNotLaunch") : changed ? t("template.saveFirst") : undefined}
      onClick={() => setLaunching(true)}
    >
      {t("template.launch")}
    </WhyButton>
  );
  return (
    <Page title={template?.name ?? t("template.new")} above={above} actions={launch}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (why === undefined)
            save.mutate({ ...draft, spec: sent }, { onSuccess: () => navigate({ to: "/jobs/templates" }) });
        }}
      >
        <Stack gap="md">
          <TemplateFields
            kinds={kinds}
            draft={draft}
            errors={errors}
            readOnly={!may}
            onChange={(next) => setDraft((before) => ({ ...before, ...next }))}
          />
          {save.error && <ErrorNote error={save.error} />}
          {may && (
            <Group gap="sm" className="launch-bar">
              <WhyButton type="submit" loading={save.isPending} why={why}>
                {t("action.save")}
              </WhyButton>
              <Button variant="default" onClick={() => navigate({ to: "/jobs/templates" })}>
                {t("action.cancel")}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
      {launching && template && <LaunchDialog template={template} onClose={() => setLaunching(false)} />}
    </Page>
  );
}
