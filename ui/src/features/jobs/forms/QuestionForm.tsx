import { Group, NumberInput, Select, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Question } from "../types";
import { QUESTION_TYPES, type QuestionType } from "./survey";

interface QuestionFormProps {
  question: Question;
  /** What is wrong with it as a key of the catalogue. */
  fault: string | null;
  errors: Readonly<Record<string, string>>;
  prefix: string;
  onChange: (question: Question) => void;
  /** Its words, which its name may follow. */
  onLabel: (label: string) => void;
}

const AT: Readonly<Record<string, keyof Question>> = {
  name: "name",
  twice: "name",
  choices: "choices",
  range: "most",
  pattern: "pattern",
};

/** One question of a survey while it is written. */
export function QuestionForm({ question, fault, errors, prefix, onChange, onLabel }: QuestionFormProps) {
  const { t } = useTranslation();
  const change = (next: Partial<Question>) => onChange({ ...question, ...next });
  const wrong = (field: keyof Question) =>
    errors[`${prefix}${String(field)}`] ?? (fault && AT[fault] === field ? t(`survey.fault.${fault}`) : undefined);
  return (
    <Stack gap="xs">
      <Group gap="sm" align="flex-start" grow>
        <TextInput
          label={t("survey.label")}
          miw={160}
          maxLength={100}
          value={question.label}
          error={wrong("label")}
          onChange={(event) => onLabel(event.currentTarget.value)}
        />
        <TextInput
          label={t("survey.name")}
          description={t("survey.usedAs", { usage: `{{ ${question.name} }}` })}
          inputWrapperOrder={["label", "input", "description", "error"]}
          miw={140}
          spellCheck={false}
          classNames={{ input: "mono-input" }}
          value={question.name}
          error={wrong("name")}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <Select
          label={t("survey.type")}
          size="sm"
          miw={120}
          allowDeselect={false}
          data={QUESTION_TYPES.map((type) => ({ value: type, label: t(`questionType.${type}`) }))}
          value={question.type}
          error={wrong("type")}
          onChange={(type) =>
            type && change({ type: type as QuestionType, default: null, least: null, most: null, pattern: "" })
          }
        />
      </Group>
      {question.type === "choice" && (
        <TagsInput
          label={t("survey.choices")}
          size="sm"
          value={question.choices}
          error={wrong("choices")}
          onChange={(choices) => change({ choices })}
        />
      )}
      <Limits question={question} wrong={wrong} onChange={change} />
      <Group gap="sm" align="flex-end" grow>
        <TextInput
          label={t("survey.help")}
          maxLength={500}
          value={question.help}
          onChange={(event) => change({ help: event.currentTarget.value })}
        />
        <Default question={question} error={wrong("default")} onChange={(first) => change({ default: first })} />
      </Group>
      <Group gap="lg">
        <Switch
          label={t("survey.required")}
          checked={question.required}
          onChange={(event) => change({ required: event.currentTarget.checked })}
        />
        {question.type === "text" && (
          <Switch
            label={t("survey.multiline")}
            checked={question.multiline}
            onChange={(event) => change({ multiline: event.currentTarget.checked })}
          />
        )}
        {question.type === "number" && (
          <Switch
            label={t("survey.whole")}
            checked={question.whole}
            onChange={(event) => change({ whole: event.currentTarget.checked })}
          />
        )}
      </Group>
    </Stack>
  );
}

interface PartProps {
  question: Question;
  wrong: (field: keyof Question) => string | undefined;
  onChange: (next: Partial<Question>) => void;
}

/** What an answer has to keep to: a range, or a length and a pattern. */
function Limits({ question, wrong, onChange }: PartProps) {
  const { t } = useTranslation();
  const { type } = question;
  if (type === "choice" || type === "host") return null;
  const figure = (field: "least" | "most") => (
    <NumberInput
      label={t(type === "number" ? `survey.${field}` : `survey.${field}Length`)}
      size="sm"
      hideControls
      value={question[field] ?? ""}
      error={wrong(field)}
      onChange={(next) => onChange({ [field]: next === "" ? null : Number(next) })}
    />
  );
  return (
    <Group gap="sm" align="flex-start" grow>
      {figure("least")}
      {figure("most")}
      {type === "text" && (
        <TextInput
          label={t("survey.pattern")}
          classNames={{ input: "mono-input" }}
          spellCheck={false}
          placeholder="[a-z0-9.-]+"
          value={question.pattern}
          error={wrong("pattern")}
          onChange={(event) => onChange({ pattern: event.currentTarget.value })}
        />
      )}
    </Group>
  );
}

interface DefaultProps {
  question: Question;
  error?: string;
  onChange: (value: string | number | null) => void;
}

/** What stands in the field at first; a secret and a host have none. */
function Default({ question, error, onChange }: DefaultProps) {
  const { t } = useTranslation();
  const common = { label: t("survey.default"), error, size: "sm" as const };
  const { type, default: value } = question;
  if (type === "secret" || type === "host") return null;
  if (type === "number")
    return (
      <NumberInput
        {...common}
        value={typeof value === "number" ? value : ""}
        onChange={(next) => onChange(next === "" ? null : Number(next))}
      />
    );
  if (type === "choice")
    return (
      <Select
        {...common}
        clearable
        data={question.choices}
        value={value === null ? null : String(value)}
        onChange={onChange}
      />
    );
  return (
    <TextInput
      {...common}
      value={value === null ? "" : String(value)}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    />
  );
}
