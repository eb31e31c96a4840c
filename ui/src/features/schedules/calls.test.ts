import { expect, it } from "vitest";
import { wall } from "./calls";
import { scheduleSearch } from "./search";

it("a time keeps the schedule's own clock", () => {
  expect(wall("2026-11-27T09:30:00+08:00")).toBe("2026-11-27 09:30 +08:00");
  expect(wall("2026-11-27T09:30:00-05:00")).toBe("2026-11-27 09:30 -05:00");
});

it("an address that says nonsense shows what it would without", () => {
  expect(scheduleSearch({ view: "year", at: "2026-13-45", day: "x", history: "-1", tab: "none" })).toEqual({});
  expect(scheduleSearch({ tab: "calendar", view: "week", at: "2026-02-28", history: "7" })).toEqual({
    tab: "calendar",
    view: "week",
    at: "2026-02-28",
    history: 7,
  });
});
