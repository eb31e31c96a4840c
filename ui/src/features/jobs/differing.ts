/** Above this many pairs of lines, they are compared as a bag rather than in their order. */
const MOST_PAIRS = 4_000_000;

/** Which lines of an output are not in another one, in the order in which both go. */
export function differing(reference: readonly string[], lines: readonly string[]): boolean[] {
  const marks = new Array<boolean>(lines.length).fill(false);
  let start = 0;
  while (start < lines.length && start < reference.length && lines[start] === reference[start]) start += 1;
  let end = 0;
  const rest = Math.min(lines.length, reference.length) - start;
  while (end < rest && lines[lines.length - 1 - end] === reference[reference.length - 1 - end]) end += 1;
  const mine = lines.slice(start, lines.length - end);
  const theirs = reference.slice(start, reference.length - end);
  const kept = mine.length * theirs.length > MOST_PAIRS ? bag(theirs, mine) : common(theirs, mine);
  kept.forEach((same, place) => {
    marks[start + place] = !same;
  });
  return marks;
}

/** Which lines belong to a longest common subsequence. */
function common(reference: readonly string[], lines: readonly string[]): boolean[] {
  const width = reference.length + 1;
  const lengths = new Uint32Array((lines.length + 1) * width);
  for (let line = lines.length - 1; line >= 0; line -= 1)
    for (let other = reference.length - 1; other >= 0; other -= 1) {
      const at = line * width + other;
      lengths[at] =
        lines[line] === reference[other]
          ? (lengths[at + width + 1] ?? 0) + 1
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  const same = new Array<boolean>(lines.length).fill(false);
  let [line, other] = [0, 0];
  while (line < lines.length && other < reference.length) {
    const at = line * width + other;
    if (lines[line] === reference[other]) {
      same[line] = true;
      line += 1;
      other += 1;
    } else if ((lengths[at + width] ?? 0) >= (lengths[at + 1] ?? 0)) line += 1;
    else other += 1;
  }
  return same;
}

function bag(reference: readonly string[], lines: readonly string[]): boolean[] {
  const left = new Map<string, number>();
  for (const line of reference) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.map((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count > 0;
  });
}
