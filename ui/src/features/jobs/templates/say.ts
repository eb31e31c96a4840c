const LONG = ["command", "text", "script", "playbook", "stdin"];

/** A spec as text that can be read and compared: what runs first, then what else was chosen. */
export function sayOf(spec: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(spec).filter(([, value]) => !isNothing(value));
  const rank = ([name]: [string, unknown]) => (LONG.includes(name) ? LONG.indexOf(name) : LONG.length);
  return entries
    .sort((a, b) => rank(a) - rank(b))
    .map(([name, value], place) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return place === 0 && LONG.includes(name) ? text : `${name}: ${text}`;
    })
    .join("\n");
}

const isNothing = (value: unknown): boolean =>
  value === null ||
  value === "" ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0);
