import { NumberInput, PasswordInput, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFleet } from "../../../live/hooks";
import type { Question } from "../types";
import { type Answers, wrongWith } from "./survey";

interface SurveyFieldsProps {
  questions: readonly Question[];
  answers: Answers;
  /** Faults are shown once somebody has tried to go on. */
  strict: boolean;
  /** What the controller said, by the question's name. */
  errors: Readonly<Record<string, string>>;
  /** Secrets that are known from before: left empty, they stay. */
  kept?: ReadonlySet<string>;
  onChange: (answers: Answers) => void;
}

/** The questions of a template as fields. */
export function SurveyFields({ questions, answers, strict, errors, kept, onChange }: SurveyFieldsProps) {
  const { t } = useTranslation();
  const told = (question: Question): string | undefined => {
    if (errors[question.name]) return errors[question.name];
    const answer = answers[question.name];
    if (kept?.has(question.name) && (answer === null || answer === "")) return undefined;
    const wrong = wrongWith(question, answer);
    if (!wrong || (wrong[0] === "missing" && !strict)) return undefined;
    return t(`answer.${wrong[0]}`, wrong[1]);
  };
  return (
    <Stack gap="sm">
      {questions.map((question) => (
        <Answer
          key={question.name}
          question={question}
          answer={answers[question.name] ?? null}
          error={told(question)}
          placeholder={kept?.has(question.name) ? t("survey.kept") : undefined}
          onChange={(answer) => onChange({ ...answers, [question.name]: answer })}
        />
      ))}
    </Stack>
  );
}

interface AnswerProps {
  question: Question;
  answer: string | number | null;
  error?: string;
  placeholder?: string;
  onChange: (answer: string | number | null) => void;
}

function Answer({ question, answer, error, placeholder, onChange }: AnswerProps) {
  const common = {
    label: question.label || question.name,
    description: question.help || undefined,
    withAsterisk: question.required,
    error,
    placeholder,
    size: "sm" as const,
  };
  const text = answer === null ? "" : String(answer);
  switch (question.type) {
    case "number":
      return (
        <NumberInput
          {...common}
          maw={240}
          value={answer === null ? "" : Number(answer)}
          onChange={(next) => onChange(next === "" ? null : Number(next))}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          clearable={!question.required}
          allowDeselect={!question.required}
          data={question.choices}
          value={text || null}
          onChange={onChange}
        />
      );
    case "secret":
      return (
        <PasswordInput
          {...common}
          autoComplete="new-password"
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "host":
      return <HostAnswer {...common} value={text} onChange={onChange} />;
    default:
      return question.multiline ? (
        <Textarea
          {...common}
          autosize
          minRows={3}
          maxRows={12}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <TextInput {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)} />
      );
  }
}

interface HostAnswerProps {
  label: string;
  description?: string;
  error?: string;
  placeholder?: string;
  withAsterisk: boolean;
  value: string;
  onChange: (answer: number | null) => void;
}

function HostAnswer({ value, onChange, ...common }: HostAnswerProps) {
  const { hosts } = useFleet();
  const names = [...hosts.values()].map((host) => ({ value: String(host.id), label: host.name }));
  return (
    <Select
      {...common}
      size="sm"
      searchable
      clearable
      limit={60}
      data={names}
      value={value || null}
      onChange={(id) => onChange(id === null ? null : Number(id))}
    />
  );
}
