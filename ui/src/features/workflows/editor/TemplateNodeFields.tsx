import { Anchor, Select, Stack, Switch, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { SurveyFields } from "../../jobs/forms/SurveyFields";
import type { Answers } from "../../jobs/forms/survey";
import { NO_TARGETS } from "../../jobs/run/draft";
import { TargetPreview } from "../../jobs/run/TargetPreview";
import { TargetsField, targetErrors } from "../../jobs/run/TargetsField";
import { useResolved } from "../../jobs/run/useResolved";
import type { Question, Template } from "../../jobs/types";
import type { NodeDraft } from "./draft";

interface TemplateNodeFieldsProps {
  node: NodeDraft;
  templates: ReadonlyMap<number, Template>;
  errors: Readonly<Record<string, string>>;
  onChange: (next: Partial<NodeDraft>, what: string) => void;
}

/** Which template runs, with which answers, and where. */
export function TemplateNodeFields({ node, templates, errors, onChange }: TemplateNodeFieldsProps) {
  const { t } = useTranslation();
  const template = node.template_id === null ? undefined : templates.get(node.template_id);
  // what is left open is asked at launch
  const questions = ((template?.survey ?? []) as Question[]).map((one) => ({ ...one, required: false }));
  const own = node.targets !== null;
  const resolved = useResolved({ ...NO_TARGETS, ...(node.targets ?? template?.targets) });
  return (
    <Stack gap="sm">
      <Select
        label={t("workflow.template")}
        size="sm"
        required
        searchable
        limit={60}
        nothingFoundMessage={t("template.nothingFits")}
        data={[...templates.values()].map((one) => ({ value: String(one.id), label: one.name }))}
        value={node.template_id === null ? null : String(node.template_id)}
        error={errors.template_id}
        onChange={(id) => id && onChange({ template_id: Number(id), params: {}, secrets_set: [] }, "template")}
      />
      {template && (
        <Text size="xs" c="dimmed">
          {template.description || template.summary}{" "}
          <Anchor
            size="xs"
            underline="always"
            renderRoot={(props) => (
              <Link to="/jobs/templates/$templateId" params={{ templateId: String(template.id) }} {...props} />
            )}
          >
            {t("workflow.openTemplate")}
          </Anchor>
        </Text>
      )}
      {questions.length > 0 && (
        <section>
          <h3 className="part-title">{t("workflow.answers")}</h3>
          <Text size="xs" c="dimmed" mb={6}>
            {t("workflow.answersText")}
          </Text>
          <SurveyFields
            questions={questions}
            answers={Object.fromEntries(questions.map(({ name }) => [name, node.params[name] ?? null])) as Answers}
            strict={false}
            kept={new Set(node.secrets_set)}
            errors={Object.fromEntries(questions.map(({ name }) => [name, errors[`params.${name}`] ?? ""]))}
            onChange={(params) => onChange({ params }, "params")}
          />
        </section>
      )}
      {template && (
        <>
          <Switch
            label={t("workflow.elsewhere")}
            checked={own}
            onChange={(event) =>
              onChange(
                { targets: event.currentTarget.checked ? { ...NO_TARGETS, ...template.targets } : null },
                "elsewhere",
              )
            }
          />
          {node.targets && (
            <TargetsField
              targets={node.targets}
              errors={targetErrors(errors)}
              onChange={(targets) => onChange({ targets }, "targets")}
            />
          )}
          <TargetPreview resolved={resolved} />
        </>
      )}
    </Stack>
  );
}
