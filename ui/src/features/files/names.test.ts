import { describe, expect, it } from "vitest";
import { base, editable, join, parent, shown, steps, wired } from "./names";

describe("names that are bytes", () => {
  it("are shown as people can read them", () => {
    expect(shown("plain ü 文")).toBe("plain ü 文");
    expect(shown("a%0Ab%7f")).toBe("a\\nb\\x7f");
    expect(shown("caf%E9")).toBe("caf\\xe9");
    expect(shown("100%25")).toBe("100%");
    expect(shown("%C2%85x%1B[31m")).toBe("\\x85x\\e[31m");
    expect(shown("%FF%0A%25")).toBe("\\xff\\n%");
  });

  it("are typed as they are and sent so that they come back the same", () => {
    expect(wired("100% sure")).toBe("100%25 sure");
    expect(editable("100%25 sure")).toEqual({ text: "100% sure", raw: false });
    expect(editable("caf%E9")).toEqual({ text: "caf%E9", raw: true });
    expect(editable("a%0Ab%25")).toEqual({ text: "a%0Ab%25", raw: true });
  });

  it("make paths", () => {
    expect([join("/", "a"), join("/a", "b")]).toEqual(["/a", "/a/b"]);
    expect([parent("/a/b"), parent("/a"), parent("/")]).toEqual(["/a", "/", "/"]);
    expect([base("/a/b"), base("/")]).toEqual(["b", "/"]);
    expect(steps("/var/log")).toEqual([
      { name: "var", path: "/var" },
      { name: "log", path: "/var/log" },
    ]);
  });
});
