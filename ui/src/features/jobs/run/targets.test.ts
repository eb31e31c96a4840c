import { expect, test } from "vitest";
import { NO_TARGETS } from "./draft";
import { targetsOf } from "./TargetsField";

test("all hosts take the place of what was named, and leave nothing behind", () => {
  const some = { ...NO_TARGETS, group_ids: [3], tags: ["db"], expression: "web*" };
  const all = targetsOf(["g:3", "t:db", "all:"], some);
  expect(all).toEqual({ ...NO_TARGETS, expression: "*" });
  expect(targetsOf([], all)).toEqual(NO_TARGETS);
});

test("chips leave an expression alone", () => {
  const some = { ...NO_TARGETS, expression: "web*" };
  expect(targetsOf(["h:7", "t:db"], some)).toEqual({ ...some, host_ids: [7], tags: ["db"] });
});
