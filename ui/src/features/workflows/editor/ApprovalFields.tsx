import { NumberInput, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { SecondPerson } from "../../jobs/templates/SecondPerson";
import type { NodeDraft } from "./draft";

interface ApprovalFieldsProps {
  node: NodeDraft;
  errors: Readonly<Record<string, string>>;
  onChange: (next: Partial<NodeDraft>, what: string) => void;
}

const MINUTE_S = 60;
const MOST_MIN = 30 * 24 * 60;

/** What a second person is asked, and how long they are waited for. */
export function ApprovalFields({ node, errors, onChange }: ApprovalFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <SecondPerson />
      <TextInput
        label={t("workflow.asked")}
        required
        maxLength={200}
        value={node.title}
        error={errors.title}
        onChange={(event) => onChange({ title: event.currentTarget.value }, "title")}
      />
      <Textarea
        label={t("workflow.askedText")}
        size="sm"
        autosize
        minRows={2}
        maxLength={2000}
        value={node.text}
        error={errors.text}
        onChange={(event) => onChange({ text: event.currentTarget.value }, "text")}
      />
      <NumberInput
        label={t("workflow.timeout")}
        description={t("workflow.timeoutText")}
        size="sm"
        min={0}
        max={MOST_MIN}
        value={node.timeout_s / MINUTE_S}
        error={errors.timeout_s}
        onChange={(next) => onChange({ timeout_s: Math.round(Number(next) * MINUTE_S) || 0 }, "timeout")}
      />
    </>
  );
}
