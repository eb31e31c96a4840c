/** The part of JSON Schema that forms are made of, as msgspec writes it. */
export interface Schema {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: readonly (string | number | null)[];
  const?: unknown;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: readonly Schema[];
  $ref?: string;
  $defs?: Readonly<Record<string, Schema>>;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
}

export type Values = Record<string, unknown>;

export interface Field {
  name: string;
  schema: Schema;
  kind: "choice" | "switch" | "number" | "text" | "lines" | "list" | "numbers" | "rows" | "files" | "pairs";
  required: boolean;
  /** Nothing at all is a value of its own. */
  nullable: boolean;
}

/** A reference followed; "something or nothing" reduced to the something. */
export function resolved(schema: Schema, root: Schema): { schema: Schema; nullable: boolean } {
  if (schema.$ref) {
    const target = root.$defs?.[schema.$ref.replace("#/$defs/", "")] ?? {};
    const { $ref: _, ...own } = schema;
    return resolved({ ...target, ...own }, root);
  }
  if (schema.anyOf) {
    const some = schema.anyOf.filter((one) => one.type !== "null");
    const nullable = some.length < schema.anyOf.length;
    const { anyOf: _, ...own } = schema;
    return { schema: resolved({ ...some[0], ...own }, root).schema, nullable };
  }
  return { schema, nullable: false };
}

/** Texts that are written over several lines, by the name of their field. */
const LONG = ["command", "script", "text", "stdin", "body", "content", "extra_vars"];

function kindOf(name: string, schema: Schema): Field["kind"] {
  if (schema.enum) return "choice";
  switch (schema.type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return "number";
    case "array":
      if (schema.items?.type === "object") return schema.items.properties?.base64 ? "files" : "rows";
      return schema.items?.type === "integer" || schema.items?.type === "number" ? "numbers" : "list";
    case "object":
      return "pairs";
    default:
      return LONG.includes(name) || (schema.maxLength ?? 0) > 2000 ? "lines" : "text";
  }
}

/** The fields of an object's schema, in the order in which they are declared. */
export function fieldsOf(root: Schema, whole: Schema = root): Field[] {
  const { schema: object } = resolved(root, whole);
  return Object.entries(object.properties ?? {})
    .filter(([, raw]) => raw.const === undefined)
    .map(([name, raw]) => {
      const { schema, nullable } = resolved(raw, whole);
      const items = schema.items && resolved(schema.items, whole).schema;
      const full = items ? { ...schema, items } : schema;
      return {
        name,
        schema: full,
        kind: kindOf(name, full),
        required: object.required?.includes(name) ?? false,
        nullable,
      };
    });
}

const EMPTY: Record<Field["kind"], unknown> = {
  choice: null,
  switch: false,
  number: null,
  text: "",
  lines: "",
  list: [],
  numbers: [],
  files: [],
  rows: [],
  pairs: {},
};

/** What a form begins with. */
export function defaultsOf(root: Schema): Values {
  return Object.fromEntries(
    fieldsOf(root).map(({ name, schema, kind, nullable }) => [
      name,
      schema.default !== undefined ? schema.default : nullable ? null : EMPTY[kind],
    ]),
  );
}

/** What is sent: a list or a table that is empty and need not be there is left to the controller's own default. */
export function sentOf(root: Schema, values: Values): Values {
  const required = new Set(fieldsOf(root).flatMap((field) => (field.required ? [field.name] : [])));
  const empty = (value: unknown) =>
    value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => required.has(name) || !empty(value)));
}
