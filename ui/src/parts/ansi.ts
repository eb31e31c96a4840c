/** Text of a program with its colours, as pieces; whatever else its escape sequences would do is dropped. */
export interface Piece {
  text: string;
  /** Of the sixteen colours, or nothing for that of the page. */
  color: number | null;
  bold: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /\u001b(?:\[([0-9;:?]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_=>])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the ones that are left have no place in a line
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  let look: { color: number | null; bold: boolean } = { color: null, bold: false };
  const push = (text: string) => {
    const clean = text.replace(CONTROLS, "");
    if (clean) found.push({ text: clean, ...look });
  };
  for (const match of line.matchAll(SEQUENCE)) {
    push(line.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] === "m") look = after(look, match[1] ?? "");
  }
  push(line.slice(at));
  return found;
}

/** Without colours, for searching and copying. */
export const plainText = (line: string): string => line.replace(SEQUENCE, "").replace(CONTROLS, "");

function after(look: { color: number | null; bold: boolean }, codes: string) {
  let { color, bold } = look;
  const numbers = codes.split(/[;:]/).map(Number);
  for (let place = 0; place < numbers.length; place += 1) {
    const code = numbers[place] as number;
    if (code === 0) [color, bold] = [null, false];
    else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if (code === 39) color = null;
    else if (code >= 30 && code <= 37) color = code - 30;
    else if (code >= 90 && code <= 97) color = code - 90 + 8;
    else if (code === 38 || code === 48) place += numbers[place + 1] === 5 ? 2 : 4;
  }
  return { color, bold };
}
