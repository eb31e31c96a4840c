/**
 * Names are bytes. The API writes them as text in which `%`, control characters and bytes that are no UTF-8 are `%XX`;
 * this form is sent back unchanged, and made readable only where it is shown.
 */

const ESCAPED = /(?:%[0-9a-f]{2})+/gi;

/** As people read it: control characters and bytes that are no text as a programmer writes them, "\n" and "\xe9". */
export function shown(wire: string): string {
  if (!wire.includes("%")) return wire;
  return wire.replace(ESCAPED, (run) => {
    const bytes = Uint8Array.from(run.slice(1).split("%"), (pair) => Number.parseInt(pair, 16));
    try {
      return [...new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)].map(visible).join("");
    } catch {
      return [...bytes].map((byte) => (byte < 0x80 ? visible(String.fromCharCode(byte)) : escaped(byte))).join("");
    }
  });
}

const escaped = (code: number) => `\\x${code.toString(16).padStart(2, "0")}`;

const LETTERS: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

function visible(character: string): string {
  const code = character.codePointAt(0) as number;
  if (character in LETTERS) return LETTERS[character] as string;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? escaped(code) : character;
}

/** What somebody typed, as the API wants it. */
export const wired = (typed: string): string => typed.replaceAll("%", "%25");

/** For a field in which it may be changed: as typed where that brings back the same, else in the form of the API. */
export function editable(wire: string): { text: string; raw: boolean } {
  const plain = wire.replaceAll("%25", "%");
  return wired(plain) === wire ? { text: plain, raw: false } : { text: wire, raw: true };
}

export const join = (folder: string, name: string): string => (folder === "/" ? `/${name}` : `${folder}/${name}`);

export function parent(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

export const base = (path: string): string => path.slice(path.lastIndexOf("/") + 1) || "/";

/** The folders from the root down to a path. */
export function steps(path: string): { name: string; path: string }[] {
  const names = path.split("/").filter(Boolean);
  return names.map((name, place) => ({ name, path: `/${names.slice(0, place + 1).join("/")}` }));
}
