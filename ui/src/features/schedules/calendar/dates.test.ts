import { describe, expect, it } from "vitest";
import { onKey, plusDays, plusMonths, rangeOf, step, today, weekOf } from "./dates";

describe("days", () => {
  it("are whole where clocks jump, and over the ends of months and years", () => {
    expect(plusDays("2026-03-28", 2)).toBe("2026-03-30");
    expect(plusDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(plusDays("2028-03-01", -1)).toBe("2028-02-29");
  });
  it("stand in weeks from Monday", () => {
    expect(weekOf("2026-11-29")).toBe("2026-11-23");
    expect(weekOf("2026-11-23")).toBe("2026-11-23");
  });
  it("know the month before and after, also from its last day", () => {
    expect(plusMonths("2026-03-31", -1)).toBe("2026-02-28");
    expect(plusMonths("2026-12-15", 1)).toBe("2027-01-15");
    expect(step("week", "2026-12-30", 1)).toBe("2027-01-06");
  });
});

describe("a view", () => {
  it("of a month is whole weeks", () => {
    expect(rangeOf("month", "2026-11-27")).toEqual({ from: "2026-10-26", to: "2026-12-07" });
    expect(rangeOf("month", "2027-02-01")).toEqual({ from: "2027-02-01", to: "2027-03-01" });
  });
  it("of a week is seven days", () => {
    expect(rangeOf("week", "2026-11-29")).toEqual({ from: "2026-11-23", to: "2026-11-30" });
  });
});

describe("keys", () => {
  it("lead to other days", () => {
    expect(onKey("ArrowUp", "2026-11-03")).toBe("2026-10-27");
    expect(onKey("End", "2026-11-03")).toBe("2026-11-08");
    expect(onKey("PageDown", "2026-01-31")).toBe("2026-02-28");
    expect(onKey("x", "2026-11-03")).toBeNull();
  });
});

it("today is by the browser's clock", () => {
  expect(today(new Date(2026, 0, 5, 23, 59))).toBe("2026-01-05");
});
