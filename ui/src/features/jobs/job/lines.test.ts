import { describe, expect, it } from "vitest";
import type { Piece } from "../types";
import { Lines, MOST_LINES } from "./lines";

let seq = 0;
const piece = (host_id: number, ...runs: string[]): Piece => ({ seq: ++seq, host_id, at: "", runs });
const made = () => new Lines(() => undefined);
const texts = (lines: Lines) => lines.lines.map((line) => line.text);

describe("output as lines", () => {
  it("is cut at ends of lines, wherever pieces are cut", () => {
    const lines = made();
    lines.take([piece(1, "one\ntw"), piece(1, "o\nth")]);
    expect(texts(lines)).toEqual(["one", "two", "th"]);
    lines.take([piece(1, "ree\n")]);
    expect(texts(lines)).toEqual(["one", "two", "three"]);
    lines.take([piece(1, "four")]);
    expect(texts(lines)).toEqual(["one", "two", "three", "four"]);
  });

  it("keeps hosts apart that speak at the same time", () => {
    const lines = made();
    lines.take([piece(1, "a1 "), piece(2, "b1 "), piece(1, "a2\n"), piece(2, "b2\n")]);
    expect(texts(lines)).toEqual(["a1 a2", "b1 b2"]);
    expect(lines.lines.map((line) => line.host)).toEqual([1, 2]);
  });

  it("tells errors from what is said otherwise, by turns", () => {
    const lines = made();
    lines.take([piece(1, "out\n", "err\n", "out again\n"), piece(1, "", "bad")]);
    expect(lines.lines.map((line) => [line.text, line.error])).toEqual([
      ["out", false],
      ["err", true],
      ["out again", false],
      ["bad", true],
    ]);
  });

  it("shows of a line that is written over what stands there last", () => {
    const lines = made();
    lines.take([piece(1, "10 %\r50 %\r100 %\ndone\r\n")]);
    expect(texts(lines)).toEqual(["100 %", "done"]);
  });

  it("keeps empty lines, and the keys of lines that grow", () => {
    const lines = made();
    lines.take([piece(1, "a\n\nb")]);
    const before = lines.lines.map((line) => line.key);
    lines.take([piece(1, "c\n")]);
    expect(texts(lines)).toEqual(["a", "", "bc"]);
    expect(lines.lines.map((line) => line.key)).toEqual(before);
  });

  it("lets go of the oldest, and says how many", () => {
    const lines = made();
    lines.take([piece(1, "x\n".repeat(MOST_LINES + 6000))]);
    expect(lines.lines).toHaveLength(MOST_LINES);
    expect(lines.dropped).toBe(6000);
    expect(lines.lines.at(-1)?.key).toBe(MOST_LINES + 5999);
  });
});
