import { expect, test } from "vitest";
import { byteStep, drawn, type Line } from "./data";

const line = (label: string, avg: (number | null)[], stacked = false): Line => ({ label, color: 0, avg, stacked });

test("stacked lines end on top of those before them that are shown", () => {
  const lines = [line("total", [9, 9]), line("a", [1, 2], true), line("b", [3, null], true), line("c", [5, 5], true)];
  expect(drawn(lines, () => false).map(({ avg }) => avg)).toEqual([
    [9, 9],
    [1, 2],
    [4, null],
    [9, 5],
  ]);
  expect(drawn(lines, (label) => label === "a").map(({ avg }) => avg)[3]).toEqual([8, 5]);
});

test("bytes are divided by powers of two", () => {
  expect(byteStep(25_000_000_000, 4)).toBe(2 ** 33);
  expect(byteStep(3, 4)).toBe(1);
});
