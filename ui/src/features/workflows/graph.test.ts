import { describe, expect, it } from "vitest";
import { columnsOf, inCircle, laidOut, NODE, neighbour, pathOf, type Way } from "./graph";

const way = (from: string, to: string, when: Way["when"] = "success"): Way => ({ from, to, when });
const DIAMOND = [way("a", "b"), way("a", "c", "failure"), way("b", "d"), way("c", "d", "always")];

describe("a layered drawing", () => {
  it("puts each node behind all that lead to it", () => {
    expect([...columnsOf(["d", "a", "b", "c"], [...DIAMOND, way("a", "d")])]).toEqual([
      ["d", 2],
      ["a", 0],
      ["b", 1],
      ["c", 1],
    ]);
  });
  it("ends where ways go in a circle", () => {
    const columns = columnsOf(["a", "b"], [way("a", "b"), way("b", "a")]);
    expect(Math.max(...columns.values())).toBeLessThan(2);
    expect(inCircle("a", [way("a", "b"), way("b", "a")])).toBe(true);
    expect(inCircle("a", DIAMOND)).toBe(false);
  });
  it("lets no two nodes overlap, nor a way pass through one", () => {
    const laid = laidOut(["a", "b", "c", "d"], [...DIAMOND, way("a", "d")]);
    const boxes = [...laid.places.values()];
    for (const [at, one] of boxes.entries())
      for (const other of boxes.slice(at + 1))
        expect(
          Math.abs(one.x - other.x) >= NODE.width || Math.abs(one.y - other.y) >= NODE.height,
          JSON.stringify([one, other]),
        ).toBe(true);
    const passing = laid.lines[4] ?? [];
    expect(passing).toHaveLength(4);
    const column = boxes.filter((one) => one.x === passing[1]?.x);
    expect(column).toHaveLength(2);
    for (const box of column) {
      const y = passing[1]?.y ?? 0;
      expect(y < box.y || y > box.y + NODE.height).toBe(true);
    }
  });
  it("leaves out ways that lead nowhere", () => {
    expect(laidOut(["a"], [way("a", "gone")]).lines).toEqual([[]]);
    expect(laidOut([], []).places.size).toBe(0);
  });
  it("untangles what would cross", () => {
    const { places } = laidOut(["a", "b", "x", "y"], [way("a", "y"), way("b", "x")]);
    const y = (key: string) => places.get(key)?.y ?? 0;
    expect(y("a") < y("b")).toBe(y("y") < y("x"));
  });
});

describe("keys", () => {
  const laid = laidOut(["a", "b", "c", "d"], DIAMOND);
  it("go along ways and through columns", () => {
    expect(neighbour("a", "ArrowRight", laid, DIAMOND)).toBe("b");
    expect(neighbour("d", "ArrowLeft", laid, DIAMOND)).toBe("b");
    const down = neighbour("b", "ArrowDown", laid, DIAMOND) ?? neighbour("b", "ArrowUp", laid, DIAMOND);
    expect(down).toBe("c");
    expect(neighbour("a", "ArrowUp", laid, DIAMOND)).toBeUndefined();
    expect(neighbour("a", "x", laid, DIAMOND)).toBeUndefined();
  });
});

it("draws a bend between heights and a line along one", () => {
  expect(
    pathOf([
      { x: 0, y: 0 },
      { x: 10, y: 20 },
      { x: 30, y: 20 },
    ]),
  ).toBe("M0 0 C5 0 5 20 10 20 L30 20");
});
