import { describe, expect, it } from "vitest";
import { plusDays, wall, weekOf } from "./calls";

describe("weeks", () => {
  it("begin on Monday", () => {
    expect(weekOf(new Date(2026, 10, 29, 23, 59)).getDate()).toBe(23);
    expect(weekOf(new Date(2026, 10, 23, 0, 0)).getDate()).toBe(23);
  });
  it("have seven days also where the clock jumps", () => {
    expect(plusDays(new Date(2026, 9, 19), 7).getDate()).toBe(26);
    expect(plusDays(new Date(2026, 9, 19), 7).getHours()).toBe(0);
  });
});

describe("wall", () => {
  it("keeps the schedule's own clock", () => {
    expect(wall("2026-11-27T09:30:00+08:00")).toBe("2026-11-27 09:30 +08:00");
    expect(wall("2026-11-27T09:30:00-05:00")).toBe("2026-11-27 09:30 -05:00");
  });
});
