import {
  ActionIcon,
  Button,
  Group,
  Input,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { FilesField } from "./FilesField";
import { SchemaForm } from "./SchemaForm";
import { defaultsOf, type Field, type Schema, type Values } from "./schema";

interface SchemaFieldProps {
  field: Field;
  root: Schema;
  value: unknown;
  error?: string;
  onChange: (value: unknown) => void;
}

/** A field's words: the catalogue's, else the schema's, else its name. */
function useWords(): (name: string, schema: Schema) => { label: string; description?: string } {
  const { t } = useTranslation();
  return (name, schema) => ({
    label: i18next.exists(`spec.${name}`) ? t(`spec.${name}`) : (schema.title ?? name.replaceAll("_", " ")),
    description: i18next.exists(`specHint.${name}`) ? t(`specHint.${name}`) : schema.description,
  });
}

export function SchemaField({ field, root, value, error, onChange }: SchemaFieldProps) {
  const { name, schema, kind, required, nullable } = field;
  const words = useWords()(name, schema);
  const common = { ...words, error, required, size: "sm" as const };
  const text = typeof value === "string" ? value : "";
  const typed = (next: string) => onChange(nullable && next === "" ? null : next);
  switch (kind) {
    case "choice":
      return (
        <Select
          {...common}
          clearable={nullable}
          allowDeselect={nullable}
          data={(schema.enum ?? [])
            .filter((one) => one !== null)
            .map((one) => ({ value: String(one), label: choiceWord(name, String(one)) }))}
          value={value == null ? null : String(value)}
          onChange={onChange}
        />
      );
    case "switch":
      return (
        <Switch
          {...words}
          error={error}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "number":
      return (
        <NumberInput
          {...common}
          styles={{ wrapper: { maxWidth: 220 } }}
          min={schema.minimum}
          max={schema.maximum}
          allowDecimal={schema.type === "number"}
          value={typeof value === "number" ? value : ""}
          onChange={(next) => onChange(next === "" ? null : Number(next))}
        />
      );
    case "lines":
      return (
        <Textarea
          {...common}
          autosize
          minRows={name === "stdin" ? 2 : 4}
          maxRows={20}
          spellCheck={false}
          classNames={{ input: "mono-input" }}
          value={text}
          onChange={(event) => typed(event.currentTarget.value)}
        />
      );
    case "list":
      return <TagsInput {...common} value={Array.isArray(value) ? value.map(String) : []} onChange={onChange} />;
    case "numbers":
      return (
        <TagsInput
          {...common}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(next) => onChange(next.map(Number).filter(Number.isInteger))}
        />
      );
    case "files":
      return <FilesField label={words.label} error={error} value={value} onChange={onChange} />;
    case "rows":
      return <RowsField field={field} root={root} value={value} error={error} onChange={onChange} />;
    case "pairs":
      return <PairsField field={field} root={root} value={value} error={error} onChange={onChange} />;
    default:
      return <TextInput {...common} value={text} onChange={(event) => typed(event.currentTarget.value)} />;
  }
}

const choiceWord = (name: string, value: string): string =>
  i18next.exists(`specChoice.${name}_${value}`) ? i18next.t(`specChoice.${name}_${value}`) : value;

/** Several values of one shape, each a small form. */
function RowsField({ field, root, value, error, onChange }: SchemaFieldProps) {
  const { t } = useTranslation();
  const words = useWords()(field.name, field.schema);
  const item = field.schema.items ?? {};
  const rows = (Array.isArray(value) ? value : []) as Values[];
  return (
    <Input.Wrapper {...words} error={error} size="sm">
      <Stack gap="xs" mt={4}>
        {rows.map((row, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
          <Group key={place} className="form-row" align="flex-start" wrap="nowrap" gap="xs">
            <div style={{ flex: 1 }}>
              <SchemaForm
                schema={item}
                root={root}
                values={row}
                errors={{}}
                onChange={(next) => onChange(rows.map((one, at) => (at === place ? next : one)))}
              />
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("forms.removeRow", { name: words.label, place: place + 1 })}
              onClick={() => onChange(rows.filter((_, at) => at !== place))}
            >
              <IconTrash size={16} stroke={1.6} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => onChange([...rows, defaultsOf({ ...item, $defs: root.$defs })])}
        >
          {t("forms.addRow", { name: words.label })}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}

/** Names and values, one pair a line: NAME=value. */
function PairsField({ field, value, error, onChange }: SchemaFieldProps) {
  const words = useWords()(field.name, field.schema);
  const pairs = Object.entries((value ?? {}) as Record<string, unknown>);
  const said = pairs.map(([name, one]) => `${name}=${String(one)}`);
  const taken = (lines: readonly string[]) =>
    onChange(
      Object.fromEntries(
        lines.map((line) => {
          const cut = line.indexOf("=");
          return cut < 0 ? [line, ""] : [line.slice(0, cut), line.slice(cut + 1)];
        }),
      ),
    );
  return (
    <TagsInput
      {...words}
      size="sm"
      error={error}
      splitChars={[]}
      placeholder={said.length ? undefined : "NAME=value"}
      value={said}
      onChange={taken}
    />
  );
}
