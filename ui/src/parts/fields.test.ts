import { expect, test } from "vitest";
import { errorOf } from "./fields";

test("what is wrong inside of a field is said at the field, and at no other", () => {
  const errors = { "spec.ok_statuses[1]": "too large", "spec.env.PATH": "no", "spec.commands": "other" };
  expect(errorOf(errors, "spec.ok_statuses")).toBe("too large");
  expect(errorOf(errors, "spec.env")).toBe("no");
  expect(errorOf(errors, "spec.command")).toBeUndefined();
  expect(errorOf({ ...errors, "spec.env": "all of it" }, "spec.env")).toBe("all of it");
});
