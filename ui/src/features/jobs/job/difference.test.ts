import { describe, expect, it } from "vitest";
import { changes, prepared } from "./difference";

const said = (lines: ReturnType<typeof changes>) => lines.map((line) => (line ? line.change + line.text : "…"));

describe("changes", () => {
  it("say what went and what came, in place", () => {
    expect(said(changes("a\nb\nc\n", "a\nx\nc\n"))).toEqual([" a", "-b", "+x", " c"]);
  });

  it("leave out what stayed and is far away", () => {
    const before = Array.from({ length: 20 }, (_, line) => `${line}`).join("\n");
    expect(said(changes(before, `${before}\nnew`))).toEqual(["…", " 17", " 18", " 19", "+new"]);
  });

  it("know a new file and one that went", () => {
    expect(said(changes("", "a\n"))).toEqual(["+a"]);
    expect(said(changes("a\n", ""))).toEqual(["-a"]);
  });
});

describe("a diff that came as one", () => {
  it("has its heads among what stays", () => {
    expect(said(prepared("--- old\n+++ new\n@@ -1 +1 @@\n-a\n+b\n c"))).toEqual([
      " --- old",
      " +++ new",
      " @@ -1 +1 @@",
      "-a",
      "+b",
      " c",
    ]);
  });
});
