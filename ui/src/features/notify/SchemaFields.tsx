import { Checkbox, NumberInput, PasswordInput, Select, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

export interface FieldSchema {
  type?: string;
  title?: string;
  description?: string;
  enum?: string[];
  format?: string;
  writeOnly?: boolean;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

interface FieldsProps {
  properties: Record<string, FieldSchema>;
  required: readonly string[];
  values: Record<string, unknown>;
  /** Secrets that are kept, so that their fields may stay empty. */
  kept: readonly string[];
  errors: Record<string, string>;
  onChange: (name: string, value: unknown) => void;
}

/** The fields of a form as its JSON schema says; words from the catalogue by name, else the schema's own. */
export function SchemaFields({ properties, ...rest }: FieldsProps) {
  return Object.entries(properties).map(([name, field]) => <Field key={name} name={name} field={field} {...rest} />);
}

function Field({
  name,
  field,
  required,
  values,
  kept,
  errors,
  onChange,
}: Omit<FieldsProps, "properties"> & { name: string; field: FieldSchema }) {
  const { t } = useTranslation();
  const label = t(`notify.field.${name}`, { defaultValue: field.title ?? name });
  const description = t(`notify.field.${name}Hint`, { defaultValue: field.description ?? "" }) || undefined;
  const value = values[name] ?? field.default;
  const shared = { label, description, error: errors[`options.${name}`], size: "sm" as const };
  const text = { ...shared, required: required.includes(name), maxLength: field.maxLength, value: String(value ?? "") };
  if (field.type === "boolean")
    return (
      <Checkbox
        {...shared}
        checked={value === true}
        onChange={(event) => onChange(name, event.currentTarget.checked)}
      />
    );
  if (field.enum)
    return (
      <Select
        {...shared}
        allowDeselect={false}
        value={String(value)}
        data={field.enum.map((one) => ({ value: one, label: t(`notify.choice.${one}`, { defaultValue: one }) }))}
        onChange={(next) => onChange(name, next)}
      />
    );
  if (field.type === "integer")
    return (
      <NumberInput
        {...shared}
        min={field.minimum}
        max={field.maximum}
        value={Number(value)}
        onChange={(next) => onChange(name, Number(next))}
      />
    );
  if (field.writeOnly)
    return (
      <PasswordInput
        {...text}
        autoComplete="new-password"
        placeholder={kept.includes(name) ? t("notify.kept") : undefined}
        onChange={(event) => onChange(name, event.currentTarget.value)}
      />
    );
  if (field.format === "textarea")
    return (
      <Textarea
        {...text}
        autosize
        minRows={2}
        maxRows={8}
        classNames={{ input: "mono" }}
        spellCheck={false}
        onChange={(event) => onChange(name, event.currentTarget.value)}
      />
    );
  return <TextInput {...text} onChange={(event) => onChange(name, event.currentTarget.value)} />;
}
