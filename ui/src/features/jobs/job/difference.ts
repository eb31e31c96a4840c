import { differing } from "../differing";

export interface DiffLine {
  change: "+" | "-" | " ";
  text: string;
}

const CONTEXT = 3;

/** What became of a text, as lines that went, came or stayed; of what stayed only what is near. */
export function changes(before: string, after: string): (DiffLine | null)[] {
  const [old, now] = [split(before), split(after)];
  const gone = differing(now, old);
  const come = differing(old, now);
  const lines: DiffLine[] = [];
  let [left, right] = [0, 0];
  while (left < old.length || right < now.length) {
    if (left < old.length && gone[left]) lines.push({ change: "-", text: old[left++] ?? "" });
    else if (right < now.length && come[right]) lines.push({ change: "+", text: now[right++] ?? "" });
    else {
      lines.push({ change: " ", text: now[right] ?? old[left] ?? "" });
      left += 1;
      right += 1;
    }
  }
  return near(lines);
}

/** A text that is a diff already, line by line. */
export const prepared = (diff: string): DiffLine[] =>
  split(diff).map((text) => ({
    change:
      text.startsWith("+") && !text.startsWith("+++")
        ? "+"
        : text.startsWith("-") && !text.startsWith("---")
          ? "-"
          : " ",
    text: text.slice(/^[+-](?![+-]{2})/.test(text) || text.startsWith(" ") ? 1 : 0),
  }));

function split(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Null stands where lines were left out. */
function near(lines: readonly DiffLine[]): (DiffLine | null)[] {
  const wanted = new Array<boolean>(lines.length).fill(false);
  lines.forEach((line, place) => {
    if (line.change === " ") return;
    for (let at = Math.max(0, place - CONTEXT); at <= Math.min(lines.length - 1, place + CONTEXT); at += 1)
      wanted[at] = true;
  });
  const shown: (DiffLine | null)[] = [];
  lines.forEach((line, place) => {
    if (wanted[place]) shown.push(line);
    else if (shown.length === 0 || shown.at(-1) !== null) shown.push(null);
  });
  return shown;
}
