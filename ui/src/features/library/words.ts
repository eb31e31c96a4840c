import type { Playbook } from "./calls";

/** In the reader's language, else in English, else nothing. */
export const inLanguage = (words: Record<string, string> | undefined, language: string): string =>
  words?.[language] ?? words?.en ?? Object.values(words ?? {})[0] ?? "";

export const titleOf = (one: Playbook, language: string): string =>
  inLanguage(one.header.title, language) || (one.project ? `${one.project}: ${one.name}` : one.name);

/** Those that hold every word that was typed, in title, name, description or tags. */
export function fitting(items: readonly Playbook[], typed: string, language: string): Playbook[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((one) => {
    const text = [
      titleOf(one, language),
      one.reference,
      inLanguage(one.header.description, language),
      ...(one.header.tags ?? []),
    ]
      .join(" ")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
