import { describe, expect, it } from "vitest";
import { type Entry, lookOf } from "./entry";
import { filtered, ordered } from "./order";

const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  id,
  shown: id,
  kind: "file",
  folder: false,
  hidden: id.startsWith("."),
  size: 0,
  modified: 0,
  mode: 0o644,
  owner: "root",
  group: "root",
  target: null,
  broken: false,
  ...more,
});
const names = (entries: readonly Entry[]) => entries.map((one) => one.id).join(" ");

describe("a folder", () => {
  it("shows folders first and numbers by their size", () => {
    const entries = [entry("b10"), entry("b9"), entry("A"), entry("z", { kind: "folder", folder: true })];
    expect(names(ordered(entries, "name"))).toBe("z A b9 b10");
    expect(names(ordered(entries, "-name"))).toBe("z b10 b9 A");
  });

  it("is sorted by what is asked for, equal ones by name", () => {
    const entries = [entry("c", { size: 5 }), entry("a", { size: 5 }), entry("b", { size: 1 })];
    expect(names(ordered(entries, "size"))).toBe("b a c");
    expect(names(ordered(entries, "-size"))).toBe("a c b");
    expect(names(ordered([entry("x", { owner: "www" }), entry("y", { owner: "ann" })], "owner"))).toBe("y x");
  });

  it("of a hundred thousand entries is sorted and filtered soon", () => {
    const entries = Array.from({ length: 100_000 }, (_, at) => entry(`file-${(at * 7919) % 100_000}`));
    const since = performance.now();
    const sorted = ordered(entries, "name");
    expect(filtered(sorted, "99 FILE", true).length).toBe(filtered(entries, "99", true).length);
    expect(performance.now() - since).toBeLessThan(3000);
    expect(sorted[10]?.id).toBe("file-10");
    expect(sorted[99_999]?.id).toBe("file-99999");
  });

  it("hides what begins with a dot unless it is wanted", () => {
    const entries = [entry(".x"), entry("x")];
    expect(names(filtered(entries, "", false))).toBe("x");
    expect(names(filtered(entries, "", true))).toBe(".x x");
    expect(names(filtered(entries, "X", false))).toBe("x");
  });

  it("knows by the name how a file is looked at", () => {
    expect(["a.PNG", "b.pdf", "syslog", "x.log.1", "y.tar.gz", "Makefile"].map(lookOf)).toEqual([
      "picture",
      "pdf",
      "log",
      "log",
      "archive",
      "text",
    ]);
  });
});
