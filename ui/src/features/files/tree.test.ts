import { describe, expect, it } from "vitest";
import { batches, packed } from "./tree";

const picked = (name: string, size: number, folders: string[] = []) => {
  const file = new File(["x".repeat(Math.min(size, 10))], name, { lastModified: 1_790_000_000_500 });
  Object.defineProperty(file, "size", { value: size });
  return { file, folders };
};

describe("many small files", () => {
  it("go some hundred at a time, and not too many bytes", () => {
    const many = Array.from({ length: 1201 }, (_, at) => picked(`f${at}`, 1));
    expect(batches(many).map((some) => some.length)).toEqual([500, 500, 201]);
    const big = Array.from({ length: 5 }, (_, at) => picked(`b${at}`, 15 * 1024 * 1024));
    expect(batches(big).map((some) => some.length)).toEqual([2, 2, 1]);
    expect(batches([])).toEqual([]);
  });

  it("are each announced by a line, names in the form of the API", () => {
    const blob = packed([picked("100%", 3, ["a"])], [["none", "50%"]]);
    const head = '{"path":"none/50%25/","size":0}\n{"path":"a/100%25","size":3,"mtime":1790000000}\n';
    expect(blob.size).toBe(head.length + 3);
  });
});
