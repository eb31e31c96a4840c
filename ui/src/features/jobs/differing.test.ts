import { describe, expect, it } from "vitest";
import { differing } from "./differing";

describe("differing", () => {
  it("marks nothing where both say the same", () => {
    expect(differing(["a", "b"], ["a", "b"])).toEqual([false, false]);
    expect(differing([], [])).toEqual([]);
  });

  it("marks the line that is another, and no line beside it", () => {
    expect(differing(["a", "b", "c"], ["a", "x", "c"])).toEqual([false, true, false]);
  });

  it("marks what was put in, wherever it stands", () => {
    expect(differing(["a", "c"], ["a", "b", "c", "d"])).toEqual([false, true, false, true]);
    expect(differing(["a", "a"], ["a", "a", "a"]).filter(Boolean)).toHaveLength(1);
  });

  it("follows the order: the same lines the other way round are not the same output", () => {
    expect(differing(["a", "b"], ["b", "a"]).filter(Boolean)).toHaveLength(1);
  });

  it("marks everything against an empty output", () => {
    expect(differing([], ["a", "b"])).toEqual([true, true]);
  });

  it("stays quick with outputs of a hundred thousand lines", () => {
    const long = Array.from({ length: 100_000 }, (_, line) => `line ${line}`);
    const other = long.map((line, place) => (place % 1000 === 500 ? `${line}!` : line));
    const before = performance.now();
    expect(differing(long, other).filter(Boolean)).toHaveLength(100);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
