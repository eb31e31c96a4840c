import type { Schemas } from "../../../api/client";
import { wrongWith } from "../forms/survey";
import type { Question } from "../types";

export type InitStep = Schemas["InitStep"];
export type Parameter = Schemas["StepParameter"];
export type StepValue = string | number;

/** One step that was chosen, with its values; what is not there is as the step has it. */
export interface Chosen {
  step: string;
  values: Record<string, StepValue>;
}

export interface InitSpec {
  steps: Chosen[];
  rollback_s: number;
}

export const ROLLBACK_S = 120;
const INSERTION = /\{\{\s*[A-Za-z0-9_.]+\s*\}\}/;

/** Steps for a purpose; `null`: all that there are. */
export const PRESETS = {
  all: null,
  login: ["user", "sudo", "sshd", "firewall"],
  playbooks: ["python"],
} as const satisfies Record<string, readonly string[] | null>;
export type Preset = keyof typeof PRESETS;

/** What a preset fills in, so that it can be run at once. */
const FIRST: Readonly<Record<string, Record<string, StepValue>>> = {
  hostname: { hostname: "{{ host.name }}" },
  packages: { packages: "curl ca-certificates" },
  user: { user: "ops" },
  sudo: { user: "ops" },
};

export const begun = (step: string): Chosen => ({ step, values: { ...FIRST[step] } });

export function presetOf(name: Preset, known: readonly InitStep[]): Chosen[] {
  const wanted: readonly string[] | null = PRESETS[name];
  return known.filter((one) => wanted === null || wanted.includes(one.name)).map((one) => begun(one.name));
}

/** A job's or template's spec as this form has it; a step without values has none. */
export function initOf(spec: Readonly<Record<string, unknown>>): InitSpec {
  const steps = Array.isArray(spec.steps) ? (spec.steps as Partial<Chosen>[]) : [];
  return {
    steps: steps.map((one) => ({ step: String(one.step ?? ""), values: { ...one.values } })),
    rollback_s: typeof spec.rollback_s === "number" ? spec.rollback_s : ROLLBACK_S,
  };
}

/** In the reader's language, else in English. */
export const said = (words: Readonly<Record<string, string>> | undefined, language: string): string =>
  words?.[language] ?? words?.en ?? "";

export function questionOf(asked: Parameter, language: string): Question {
  return {
    name: asked.name,
    type: asked.type as Question["type"],
    label: said(asked.title, language) || asked.name,
    help: said(asked.help, language),
    required: asked.required,
    default: asked.default ?? null,
    choices: asked.choices ?? [],
    least: asked.min ?? null,
    most: asked.max ?? null,
    whole: asked.type === "number",
    pattern: asked.pattern,
    multiline: asked.multiline,
  };
}

/** What is wrong with a value, as a key of the catalogue with its figures. One that waits for an answer is looked at
 * when that is known. */
export function wrongValue(question: Question, value: StepValue | undefined): [string, Record<string, unknown>] | null {
  if (typeof value === "string" && INSERTION.test(value)) return null;
  return wrongWith(question, value ?? question.default);
}

/** The first value of a step that is not as it has to be. */
export function faultOf(step: InitStep, values: Chosen["values"], language: string): Question | null {
  const asked = (step.header.parameters ?? []).map((one) => questionOf(one, language));
  return asked.find((one) => wrongValue(one, values[one.name])) ?? null;
}

/** What was typed as the value that is sent: a number where one is asked for and it is one. */
export const takenAs = (question: Question, typed: string): StepValue =>
  question.type === "number" && /^-?\d+(\.\d+)?$/.test(typed.trim()) ? Number(typed) : typed;

/** The list with one of its places moved by so many. */
export function moved<T>(list: readonly T[], place: number, by: number): T[] {
  const next = [...list];
  const [one] = next.splice(place, 1);
  if (one !== undefined) next.splice(place + by, 0, one);
  return next;
}
