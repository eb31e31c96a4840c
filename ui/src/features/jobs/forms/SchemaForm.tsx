import { Stack } from "@mantine/core";
import { errorOf } from "../../../parts/fields";
import { SchemaField } from "./SchemaField";
import { fieldsOf, type Schema, type Values } from "./schema";

interface SchemaFormProps {
  schema: Schema;
  /** Where references of the schema lead; the schema itself unless it is a part of another. */
  root?: Schema;
  values: Values;
  /** What is wrong, by field. */
  errors: Readonly<Record<string, string>>;
  /** Fields that stand elsewhere. */
  without?: readonly string[];
  /** Where in a larger value this one stands, for finding its errors: "spec.". */
  prefix?: string;
  onChange: (values: Values) => void;
}

/** A form made from what a plug-in says that it needs. */
export function SchemaForm({
  schema,
  root = schema,
  values,
  errors,
  without = [],
  prefix = "",
  onChange,
}: SchemaFormProps) {
  return (
    <Stack gap="sm">
      {fieldsOf(schema, root)
        .filter(({ name }) => !without.includes(name))
        .map((field) => (
          <SchemaField
            key={field.name}
            field={field}
            root={root}
            value={values[field.name]}
            error={errorOf(errors, `${prefix}${field.name}`)}
            onChange={(value) => onChange({ ...values, [field.name]: value })}
          />
        ))}
    </Stack>
  );
}
