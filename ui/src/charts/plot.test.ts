import { expect, test } from "vitest";
import { type Mark, markAt } from "./plot";

const mark = (at: number, label: string): Mark => ({ at, tone: "bad", label });

test("the cursor is at the nearest mark within a few pixels", () => {
  const marks = [mark(100, "down"), mark(104, "up"), mark(400, "reboot")];
  expect(markAt(marks, 103, 1)?.label).toBe("up");
  expect(markAt(marks, 200, 1)).toBeUndefined();
  expect(markAt(marks, 200, 20)?.label).toBe("up");
  expect(markAt(marks, undefined, 1)).toBeUndefined();
});
