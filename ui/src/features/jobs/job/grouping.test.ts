import { expect, test } from "vitest";
import type { JobHost, OutputGroup } from "../types";
import { inOrder, mostSaid, wordOf } from "./grouping";

const group = (state: OutputGroup["state"], hosts: number, text: string): OutputGroup => ({
  state,
  exit_status: null,
  digest: text || null,
  hosts: Array.from({ length: hosts }, () => ({}) as JobHost),
  text,
  cut: false,
});

test("where it failed stands first, the rest by size", () => {
  const came = [group("ok", 9, "a"), group("changed", 3, "b"), group("failed", 2, "c"), group("unreachable", 1, "")];
  expect(inOrder(came).map((one) => one.state)).toEqual(["failed", "unreachable", "ok", "changed"]);
});

test("others are held against what most said, wherever it stands", () => {
  expect(mostSaid([group("unreachable", 5, ""), group("failed", 1, "x"), group("ok", 3, "a")])).toBe(2);
  expect(mostSaid([group("unreachable", 5, "")])).toBe(-1);
});

test("a host that could not be reached is not said to have said something", () => {
  expect(wordOf(group("unreachable", 1, ""))).toBe("job.awayOf");
  expect(wordOf(group("ok", 1, ""))).toBe("job.silentOf");
  expect(wordOf(group("unreachable", 1, "begun"))).toBe("job.awayOf");
  expect(wordOf(group("failed", 1, "no"))).toBe("job.saidBy");
});
