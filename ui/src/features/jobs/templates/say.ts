const LONG = ["command", "text", "script", "playbook", "stdin"];

/** A spec as text that can be read and compared: what runs first, then what else was chosen. */
export function sayOf(spec: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(spec).filter(([, value]) => !isNothing(value));
  const rank = ([name]: [string, unknown]) => (LONG.includes(name) ? LONG.indexOf(name) : LONG.length);
  return entries
    .sort((a, b) => rank(a) - rank(b))
    .map(([name, value], place) => {
      if (name === "steps" && Array.isArray(value)) return value.map(stepOf).join("\n");
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return place === 0 && LONG.includes(name) ? text : `${name}: ${text}`;
    })
    .join("\n");
}

/** A step of a first set-up as a line: its place, its name, its values. */
function stepOf(step: unknown, place: number): string {
  const { step: name, values } = step as { step?: string; values?: Record<string, unknown> };
  const said = Object.entries(values ?? {}).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [`${place + 1}. ${name}`, ...said].join("  ");
}

const isNothing = (value: unknown): boolean =>
  value === null ||
  value === "" ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0);
