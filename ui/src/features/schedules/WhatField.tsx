import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Question } from "../jobs/types";
import { templatesQuery, workflowsQuery } from "./calls";

/** What a schedule launches: one of the two. */
export interface What {
  template_id: number | null;
  workflow_id: number | null;
}

const wordOf = ({ template_id, workflow_id }: What): string | null =>
  template_id !== null ? `template/${template_id}` : workflow_id !== null ? `workflow/${workflow_id}` : null;

/** What is asked of whoever launches it, and what went wrong with asking for the lists. */
export function useWhat(what: What): { questions: readonly Question[]; error: unknown } {
  const templates = useQuery(templatesQuery);
  const workflows = useQuery(workflowsQuery);
  const found =
    templates.data?.items.find((one) => one.id === what.template_id) ??
    workflows.data?.items.find((one) => one.id === what.workflow_id);
  return { questions: (found?.survey ?? []) as readonly Question[], error: templates.error ?? workflows.error };
}

interface WhatFieldProps {
  what: What;
  error: string | undefined;
  onChange: (what: What, questions: readonly Question[]) => void;
}

/** Templates and workflows in one list. */
export function WhatField({ what, error, onChange }: WhatFieldProps) {
  const { t } = useTranslation();
  const templates = useQuery(templatesQuery).data?.items;
  const workflows = useQuery(workflowsQuery).data?.items;
  const all = [
    ...(templates ?? []).map((one) => ({ one, what: { template_id: one.id, workflow_id: null } })),
    ...(workflows ?? []).map((one) => ({ one, what: { template_id: null, workflow_id: one.id } })),
  ];
  const items = (of: "template_id" | "workflow_id") =>
    all
      .filter((each) => each.what[of] !== null)
      .map((each) => ({ value: wordOf(each.what) ?? "", label: each.one.name }));
  const groups = [
    { group: t("schedule.ofTemplates"), items: items("template_id") },
    { group: t("schedule.ofWorkflows"), items: items("workflow_id") },
  ].filter((group) => group.items.length > 0);
  return (
    <Select
      size="sm"
      searchable
      required
      label={t("schedule.launched")}
      value={wordOf(what)}
      data={groups}
      error={error}
      nothingFoundMessage={t("schedule.noTemplate")}
      description={templates && workflows && all.length === 0 ? t("schedule.noTemplates") : undefined}
      onChange={(word) => {
        const next = all.find((each) => wordOf(each.what) === word);
        onChange(
          next?.what ?? { template_id: null, workflow_id: null },
          (next?.one.survey ?? []) as readonly Question[],
        );
      }}
    />
  );
}
