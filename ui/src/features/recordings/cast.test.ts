import { describe, expect, it } from "vitest";
import { type Cast, emptyCast, eventAfter, momentsOf, sizeOf, takeLine, wordsOf } from "./cast";
import { Player, type Stage } from "./player";

const coded = (bytes: readonly number[]) => btoa(String.fromCharCode(...bytes));
const text = (words: string) => coded([...new TextEncoder().encode(words)]);

function cast(...lines: unknown[]): Cast {
  const made = emptyCast();
  for (const line of [{ version: 2, width: 100, height: 30 }, ...lines]) takeLine(made, JSON.stringify(line));
  return made;
}

class Paper implements Stage {
  bytes: number[] = [];
  sizes: string[] = [];
  write(data: Uint8Array): void {
    this.bytes.push(...data);
  }
  resize(columns: number, rows: number): void {
    this.sizes.push(`${columns}x${rows}`);
  }
  reset(): void {
    this.bytes = [];
  }
}

describe("a recording", () => {
  it("keeps every byte, also those that are no text", () => {
    const all = Array.from({ length: 256 }, (_, at) => at);
    const made = cast([0.5, "o", coded(all)], [1, "i", text("x")], [2, "r", "120x40"]);
    expect([...(made.events[0]?.bytes ?? [])]).toEqual(all);
    expect(made).toMatchObject({ columns: 100, rows: 30, durationS: 2 });
  });

  it("does without lines that say nothing", () => {
    const made = cast();
    for (const line of ["", "[1", "7", "null", '[1,"o"]', '["a","o","x"]', '[1,"z","x"]', "{}"]) takeLine(made, line);
    expect(made.events).toEqual([]);
    takeLine(made, '[1,"o","%%"]');
    expect(made.events[0]?.bytes).toHaveLength(0);
  });

  it("believes sizes that a terminal can have", () => {
    expect(sizeOf("120x40")).toEqual({ columns: 120, rows: 40 });
    expect(sizeOf("9999x9999")).toEqual({ columns: 1000, rows: 500 });
    for (const bad of ["0x0", "x", "120X40", "99999x1", "1x1"]) expect(sizeOf(bad), bad).toBeNull();
  });

  it("is searched without its colours, over the borders of its pieces", () => {
    const made = cast(
      [1, "o", text("\u001b[1;31mFa")],
      [2, "o", text("il\u001b[0med\r\n")],
      [3, "o", coded([0xe6, 0xbc])],
      [4, "o", coded([0xa2])],
      [5, "o", text("\u001b]0;failed\u0007failed")],
    );
    const words = wordsOf(made);
    expect(momentsOf(made, words, "FAILED")).toEqual([2, 5]);
    expect(momentsOf(made, words, "漢")).toEqual([4]);
    expect(momentsOf(made, words, "31m")).toEqual([]);
    expect(momentsOf(made, words, "")).toEqual([]);
    expect(eventAfter(made, 2)).toBe(2);
    expect(eventAfter(made, 0)).toBe(0);
  });
});

describe("the player", () => {
  const made = cast([1, "o", text("a")], [2, "r", "90x20"], [3, "o", text("b")], [4, "o", text("c")]);

  it("shows at each moment what was shown then, forwards and back", () => {
    const paper = new Paper();
    const player = new Player(made, paper, () => undefined);
    player.seek(3.5);
    expect(String.fromCharCode(...paper.bytes)).toBe("ab");
    player.seek(3.6);
    expect(String.fromCharCode(...paper.bytes)).toBe("ab");
    player.seek(1);
    expect(String.fromCharCode(...paper.bytes)).toBe("a");
    expect(paper.sizes).toEqual(["100x30", "90x20", "100x30"]);
    player.seek(99);
    expect(String.fromCharCode(...paper.bytes)).toBe("abc");
    expect(player.second).toBe(4);
  });

  it("plays to the end and stops there", async () => {
    const paper = new Paper();
    const player = new Player(made, paper, () => undefined);
    player.speed = 400;
    player.skipPauses = true;
    player.play();
    await expect.poll(() => player.playing).toBe(false);
    expect(String.fromCharCode(...paper.bytes)).toBe("abc");
    expect(player.second).toBe(4);
  });
});
