import { expect, test } from "vitest";
import { BIT_STEPS, byteStep, drawn, type Line, MOST_LINES, PALETTE_LIGHT, topLines, valueAt } from "./data";

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

test("beyond eight lines the largest stay, and the others are one more", () => {
  const many = Array.from({ length: 10 }, (_, place) => ({ ...line(`eth${place}`, [place, null]), color: place }));
  const told = (count: number, gather: string) => `${count} others (${gather})`;
  const sum = topLines(many, "sum", told);
  expect(sum.map((one) => one.label)).toEqual([
    "eth3",
    "eth4",
    "eth5",
    "eth6",
    "eth7",
    "eth8",
    "eth9",
    "3 others (sum)",
  ]);
  expect(sum.at(-1)?.avg).toEqual([3, null]);
  expect(topLines(many, "mean", told).at(-1)?.avg).toEqual([1, null]);
  expect(sum.length).toBe(MOST_LINES);
  expect(sum.slice(0, -1).map((one) => one.color % PALETTE_LIGHT.length)).not.toContain(sum.at(-1)?.color);
  expect(topLines(many.slice(0, 8), "sum", told)).toEqual(many.slice(0, 8));
});

test("without a cursor the legend tells the last known values", () => {
  expect(valueAt([1, 2, null], null)).toBe(2);
  expect(valueAt([1, 2, null], 2)).toBeNull();
  expect(valueAt([null], null)).toBeNull();
});

test("bits are divided by round numbers of bits", () => {
  expect(BIT_STEPS.slice(0, 4).map((step) => step * 8)).toEqual([1, 2, 5, 10]);
});
