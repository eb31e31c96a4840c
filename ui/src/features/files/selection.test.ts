import { describe, expect, it } from "vitest";
import { all, kept, NOTHING, pick, toggle, walk } from "./selection";

const order = ["a", "b", "c", "d", "e"];
const chosen = (one: { chosen: ReadonlySet<string> }) => [...one.chosen].sort().join("");

describe("selection", () => {
  it("takes one alone, adds with ctrl, and a range with shift from the anchor", () => {
    const one = pick(order, NOTHING, "b");
    expect(chosen(one)).toBe("b");
    const range = pick(order, one, "d", { shift: true });
    expect(chosen(range)).toBe("bcd");
    expect(chosen(pick(order, range, "a", { shift: true }))).toBe("ab");
    expect(chosen(pick(order, one, "e", { ctrl: true }))).toBe("be");
    expect(chosen(toggle(range, "c"))).toBe("bd");
    expect(chosen(pick(order, toggle(one, "e"), "d", { shift: true, ctrl: true }))).toBe("bde");
  });

  it("walks by keyboard, stops at the ends, and leaves the chosen ones with ctrl", () => {
    const one = walk(order, NOTHING, 0);
    expect(chosen(one)).toBe("a");
    expect(walk(order, one, -1).cursor).toBe("a");
    expect(walk(order, one, 99).cursor).toBe("e");
    expect(chosen(walk(order, one, 2, { shift: true }))).toBe("abc");
    const moved = walk(order, one, 3, { ctrl: true });
    expect([chosen(moved), moved.cursor]).toEqual(["a", "d"]);
    expect(walk([], NOTHING, 0)).toBe(NOTHING);
  });

  it("forgets what is gone, and stays the same object when nothing is", () => {
    const many = all(order, pick(order, NOTHING, "b"));
    expect(kept(order, many)).toBe(many);
    const fewer = kept(["a", "c"], many);
    expect([chosen(fewer), fewer.cursor, fewer.anchor]).toEqual(["ac", null, null]);
  });
});
