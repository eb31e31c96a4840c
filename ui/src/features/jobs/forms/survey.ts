import type { Question } from "../types";

export type QuestionType = Question["type"];
export const QUESTION_TYPES: readonly QuestionType[] = ["text", "number", "choice", "secret", "host"];

export type Answers = Record<string, string | number | null>;

const NAME = /^[a-z][a-z0-9_]{0,39}$/;

const MADE = /^value_\d+$/;
const NAME_MAX = 40;

/** A name made of a question's words that no other has; null where they hold no letter that a name could have. */
export function nameOf(label: string, others: readonly Question[]): string | null {
  const plain = label.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  const words = plain.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const made = words
    .replace(/^[^a-z]+/, "")
    .slice(0, NAME_MAX - 3)
    .replace(/_+$/, "");
  if (!made) return null;
  const taken = new Set(others.map((one) => one.name));
  for (let turn = 1; ; turn++) {
    const name = turn === 1 ? made : `${made}_${turn}`;
    if (!taken.has(name)) return name;
  }
}

/** The question with other words; its name follows them until somebody has given it one. */
export function relabeled(question: Question, label: string, others: readonly Question[]): Question {
  const follows = MADE.test(question.name) || question.name === nameOf(question.label, others);
  return { ...question, label, name: follows ? (nameOf(label, others) ?? blank(others).name) : question.name };
}

/** A name that no question has yet. */
export function blank(questions: readonly Question[]): Question {
  const taken = new Set(questions.map((one) => one.name));
  let place = questions.length + 1;
  while (taken.has(`value_${place}`)) place++;
  return made(place);
}

const made = (place: number): Question => ({
  name: `value_${place}`,
  label: "",
  help: "",
  type: "text",
  required: true,
  default: null,
  choices: [],
  least: null,
  most: null,
  whole: false,
  pattern: "",
  multiline: false,
});

/** What a launch begins with; a secret's default never comes to the page. */
export const answersOf = (questions: readonly Question[], before: Answers = {}): Answers =>
  Object.fromEntries(questions.map(({ name, default: first }) => [name, before[name] ?? first ?? null]));

/** What is wrong with a question, as a key of the catalogue. */
export function faultOf(question: Question, all: readonly Question[]): string | null {
  if (!NAME.test(question.name)) return "name";
  if (all.filter((one) => one.name === question.name).length > 1) return "twice";
  if (question.type === "choice" && question.choices.length === 0) return "choices";
  if (question.least !== null && question.most !== null && question.least > question.most) return "range";
  if (question.pattern && !compiled(question.pattern)) return "pattern";
  return null;
}

function compiled(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    return null;
  }
}

/** What is wrong with an answer, as a key of the catalogue with its figures. */
export function wrongWith(
  question: Question,
  answer: string | number | null | undefined,
): [string, Record<string, unknown>] | null {
  const missing = answer === null || answer === undefined || answer === "";
  if (missing) return question.required ? ["missing", {}] : null;
  if (question.type === "number") {
    const value = Number(answer);
    if (!Number.isFinite(value)) return ["number", {}];
    if (question.whole && !Number.isInteger(value)) return ["whole", {}];
    if (question.least !== null && value < question.least) return ["least", { value: question.least }];
    if (question.most !== null && value > question.most) return ["most", { value: question.most }];
    return null;
  }
  const text = String(answer);
  if (question.type === "choice") return question.choices.includes(text) ? null : ["choice", {}];
  if (question.type === "host") return null;
  if (!question.multiline && question.type === "text" && /[\r\n]/.test(text)) return ["line", {}];
  if (question.least !== null && text.length < question.least) return ["short", { value: question.least }];
  if (question.most !== null && text.length > question.most) return ["long", { value: question.most }];
  if (question.pattern && compiled(question.pattern)?.test(text) === false) return ["form", {}];
  return null;
}
