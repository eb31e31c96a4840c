/** What a host's output may do to the browser: little. Pure. */

const LONGEST_TITLE = 120;
/** Of text that a host may put into the clipboard, in bytes. */
export const LARGEST_COPY = 100_000;

/** Control characters, those that turn the direction of text, and those that nobody sees. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** A title or prompt as it may stand on the page: one line of what can be seen. */
export function plainLine(text: string, longest = LONGEST_TITLE): string {
  const line = text.replace(UNSEEN, " ").replace(/\s+/g, " ").trim();
  const letters = [...line];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : line;
}

/** The text of an OSC 52 that writes to the clipboard; null for one that asks, is too large or cannot be read. */
export function copied(payload: string): string | null {
  const at = payload.indexOf(";");
  const body = payload.slice(at + 1);
  if (at < 0 || body === "" || body === "?" || body.length > Math.ceil(LARGEST_COPY / 3) * 4) return null;
  try {
    const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text === "" ? null : text;
  } catch {
    return null;
  }
}

/** Where a link of a terminal leads, if it may be offered at all. */
export function linkTarget(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

/** Text for pasting: no escape that could end the brackets around it or press keys. */
export function pasteable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]/g, "");
}

export const linesOf = (text: string): number => text.replace(/\n$/, "").split("\n").length;
