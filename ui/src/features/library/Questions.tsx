import { NumberInput, PasswordInput, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import type { Parameter } from "./calls";
import { inLanguage } from "./words";

export type Answers = Record<string, string | number | boolean | null>;

const HOSTS = 500;

/** The same question as a job's survey takes it. */
export function questionOf(asked: Parameter, language: string): Schemas["Question"] {
  return {
    name: asked.name,
    type: asked.type ?? "text",
    label: inLanguage(asked.title, language) || asked.name,
    help: inLanguage(asked.help, language),
    required: asked.required ?? false,
    default: asked.default ?? null,
    choices: asked.choices ?? [],
    least: asked.min ?? null,
    most: asked.max ?? null,
    pattern: asked.pattern ?? "",
    multiline: asked.multiline ?? false,
  } as Schemas["Question"];
}

interface QuestionsProps {
  asked: readonly Parameter[];
  answers: Answers;
  /** What the controller said, by field ("params.word"). */
  errors: Readonly<Record<string, string>>;
  onChange: (answers: Answers) => void;
}

/** What a playbook asks before it runs. */
export function Questions({ asked, answers, errors, onChange }: QuestionsProps) {
  return (
    <Stack gap="sm">
      {asked.map((one) => (
        <Field
          key={one.name}
          one={one}
          value={answers[one.name]}
          error={errors[`params.${one.name}`]}
          onChange={(value) => {
            const { [one.name]: _, ...rest } = answers;
            onChange(value === null || value === "" ? rest : { ...rest, [one.name]: value });
          }}
        />
      ))}
    </Stack>
  );
}

interface FieldProps {
  one: Parameter;
  value: Answers[string] | undefined;
  error?: string;
  onChange: (value: string | number | null) => void;
}

function Field({ one, value, error, onChange }: FieldProps) {
  const { i18n } = useTranslation();
  const common = {
    label: inLanguage(one.title, i18n.language) || one.name,
    description: inLanguage(one.help, i18n.language) || undefined,
    error,
    required: one.required && (one.default ?? null) === null,
    placeholder: one.default === null || one.default === undefined ? undefined : String(one.default),
  };
  const text = value === undefined || value === null ? "" : String(value);
  if (one.type === "number")
    return (
      <NumberInput
        {...common}
        value={text}
        min={one.min ?? undefined}
        max={one.max ?? undefined}
        onChange={(typed) => onChange(typed === "" ? null : Number(typed))}
      />
    );
  if (one.type === "choice")
    return <Select {...common} data={one.choices ?? []} value={text || null} onChange={onChange} clearable />;
  if (one.type === "host") return <HostField common={common} value={text} onChange={onChange} />;
  if (one.type === "secret")
    return (
      <PasswordInput
        {...common}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
        autoComplete="new-password"
      />
    );
  if (one.multiline)
    return (
      <Textarea
        {...common}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
        autosize
        minRows={3}
      />
    );
  return <TextInput {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
}

interface HostFieldProps {
  common: { label: string; description?: string; error?: string; required?: boolean };
  value: string;
  onChange: (value: number | null) => void;
}

function HostField({ common, value, onChange }: HostFieldProps) {
  const { data: page } = useQuery({
    queryKey: ["hosts-to-choose"],
    queryFn: () => data(api.GET("/api/v1/hosts", { params: { query: { limit: HOSTS } } })),
  });
  return (
    <Select
      {...common}
      searchable
      clearable
      data={(page?.items ?? []).map((host) => ({ value: String(host.id), label: host.name }))}
      value={value || null}
      onChange={(picked) => onChange(picked === null ? null : Number(picked))}
    />
  );
}
