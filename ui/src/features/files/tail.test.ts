import { describe, expect, it } from "vitest";
import { cut } from "./Tail";

const texts = (lines: readonly { text: string }[]) => lines.map((line) => line.text);

describe("what a file's end says", () => {
  it("becomes lines, however the pieces are cut", () => {
    const one = cut([], "a\nb", false);
    expect([texts(one.lines), one.open]).toEqual([["a", "b"], true]);
    const two = cut(one.lines, "c\r\nd\n", one.open);
    expect([texts(two.lines), two.open]).toEqual([["a", "bc", "d"], false]);
    const three = cut(two.lines, "\ne", two.open);
    expect(texts(three.lines)).toEqual(["a", "bc", "d", "", "e"]);
    expect(new Set(three.lines.map((line) => line.key)).size).toBe(5);
  });
});
