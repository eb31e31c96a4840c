import { describe, expect, it } from "vitest";
import { defaultsOf, fieldsOf, type Schema, sentOf } from "./schema";

const SCHEMA: Schema = {
  $ref: "#/$defs/Script",
  $defs: {
    Script: {
      type: "object",
      properties: {
        text: { type: "string" },
        interpreter: { type: "string", default: "/bin/sh" },
        timeout_s: { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null },
        way: { enum: ["a", "b"], default: "a" },
        files_in: { type: "array", items: { $ref: "#/$defs/FileIn" }, default: [] },
        environment: { type: "object", additionalProperties: { type: "string" }, default: {} },
        quiet: { type: "boolean", default: false },
        statuses: { type: "array", items: { type: "integer" }, default: [0] },
        files: { type: "array", items: { $ref: "#/$defs/File" }, default: [] },
        kind: { const: "script" },
      },
      required: ["text"],
    },
    File: { type: "object", properties: { name: { type: "string" }, base64: { type: "string" } } },
    FileIn: { type: "object", properties: { name: { type: "string" }, text: { type: "string" } }, required: ["name"] },
  },
};

describe("forms from a schema", () => {
  it("have a field of the right kind for each property, in their order", () => {
    expect(fieldsOf(SCHEMA).map(({ name, kind }) => [name, kind])).toEqual([
      ["text", "lines"],
      ["interpreter", "text"],
      ["timeout_s", "number"],
      ["way", "choice"],
      ["files_in", "rows"],
      ["environment", "pairs"],
      ["quiet", "switch"],
      ["statuses", "numbers"],
      ["files", "files"],
    ]);
  });

  it("know what has to be there and what may be nothing", () => {
    const byName = new Map(fieldsOf(SCHEMA).map((field) => [field.name, field]));
    expect(byName.get("text")?.required).toBe(true);
    expect(byName.get("timeout_s")).toMatchObject({ required: false, nullable: true, schema: { minimum: 1 } });
  });

  it("begin with what the schema says", () => {
    expect(defaultsOf(SCHEMA)).toEqual({
      text: "",
      interpreter: "/bin/sh",
      timeout_s: null,
      way: "a",
      files_in: [],
      environment: {},
      quiet: false,
      statuses: [0],
      files: [],
    });
  });

  it("send no empty list, so that the controller's own default holds", () => {
    expect(sentOf(SCHEMA, { text: "", statuses: [], environment: {}, quiet: false, timeout_s: null })).toEqual({
      text: "",
      quiet: false,
      timeout_s: null,
    });
  });

  it("reach into the rows of a list", () => {
    const files = fieldsOf(SCHEMA).find(({ name }) => name === "files_in");
    expect(fieldsOf(files?.schema.items ?? {}, SCHEMA).map(({ name }) => name)).toEqual(["name", "text"]);
  });
});
