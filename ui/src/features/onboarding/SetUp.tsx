import { Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { templatesQuery } from "../jobs/calls";
import { SurveyFields } from "../jobs/forms/SurveyFields";
import { answersOf } from "../jobs/forms/survey";
import type { Question, Template } from "../jobs/types";
import type { Draft } from "./draft";

interface SetUpProps {
  draft: Draft;
  errors: Record<string, string>;
  onChange: (next: Partial<Draft>) => void;
}

const asksSecrets = (template: Template) => template.survey.some((one) => one.type === "secret" && one.required);

/** What is run on the host once it is in: a template, those for a first set-up before the others. */
export function SetUp({ draft, errors, onChange }: SetUpProps) {
  const { t } = useTranslation();
  const may = useMay()("jobs.run");
  const { data: found } = useQuery({ ...templatesQuery, enabled: may });
  if (!may) return null;
  const fit = (found?.items ?? []).filter((one) => one.may_launch && !asksSecrets(one));
  const chosen = fit.find((one) => one.id === draft.init_template_id);
  const questions = (chosen?.survey ?? []) as Question[];
  const choices = (wanted: boolean) =>
    fit.filter((one) => (one.kind === "init") === wanted).map((one) => ({ value: String(one.id), label: one.name }));
  const rootless = chosen?.kind === "init" && draft.use === "account" && draft.sudo !== "all";
  const watching = draft.use === "monitor";
  return (
    <Stack gap="sm">
      <Select
        label={t("onboard.init")}
        description={watching ? t("onboard.initNotWatching") : t("onboard.initText")}
        clearable
        searchable
        disabled={watching}
        placeholder={t("onboard.initNone")}
        data={[
          { group: t("onboard.initKind"), items: choices(true) },
          { group: t("onboard.initOther"), items: choices(false) },
        ].filter(({ items }) => items.length > 0)}
        value={chosen && !watching ? String(chosen.id) : null}
        error={rootless ? t("onboard.initNeedsAll") : (errors.init ?? errors["init.template_id"])}
        onChange={(id) => {
          const next = fit.find((one) => String(one.id) === id);
          onChange({
            init_template_id: next?.id ?? null,
            init_params: answersOf((next?.survey ?? []) as Question[]),
          });
        }}
      />
      {chosen && !watching && (
        <Stack gap="sm" className="card" p="sm">
          {chosen.description && (
            <Text size="sm" c="dimmed">
              {chosen.description}
            </Text>
          )}
          <SurveyFields
            questions={questions}
            answers={draft.init_params}
            strict={Object.keys(errors).some((name) => name.startsWith("init."))}
            errors={Object.fromEntries(questions.map(({ name }) => [name, errors[`init.params.${name}`] ?? ""]))}
            onChange={(init_params) => onChange({ init_params })}
          />
          {chosen.needs_approval && (
            <Text size="sm" c="var(--state-warn)">
              {t("template.willWait")}
            </Text>
          )}
        </Stack>
      )}
    </Stack>
  );
}
