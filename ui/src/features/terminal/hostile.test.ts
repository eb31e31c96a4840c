import { describe, expect, it } from "vitest";
import { copied, LARGEST_COPY, linesOf, linkTarget, pasteable, plainLine } from "./hostile";

const coded = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

describe("hostile output", () => {
  it("leaves one visible line of a title", () => {
    expect(plainLine("root@web: ~")).toBe("root@web: ~");
    expect(plainLine("a\u001b]0;b\u0007\n\u202ecod.exe\u200b")).toBe("a ]0;b cod.exe");
    expect(plainLine("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
    expect([...plainLine("漢".repeat(500))]).toHaveLength(120);
    expect(plainLine("\u0000\u0085")).toBe("");
  });

  it("takes text for the clipboard, and answers no question about it", () => {
    expect(copied(`c;${coded("häuser 漢")}`)).toBe("häuser 漢");
    expect(copied(`;${coded("x")}`)).toBe("x");
    for (const bad of ["c;?", "c;", "c", "", "c;%%%", `c;${btoa("\xff\xfe")}`, `c;${"A".repeat(LARGEST_COPY * 2)}`])
      expect(copied(bad), bad.slice(0, 20)).toBeNull();
  });

  it("offers web links alone", () => {
    expect(linkTarget("https://example.org/a?b")?.hostname).toBe("example.org");
    for (const bad of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ssh://a", "//x", ""])
      expect(linkTarget(bad), bad).toBeNull();
    expect(linkTarget("https://аpple.com/")?.hostname).toMatch(/^xn--/);
  });

  it("pastes no keys", () => {
    expect(pasteable("a\r\nb\tc\r")).toBe("a\nb\tc\n");
    expect(pasteable("x\u001b[201~rm -rf /\u0003\u0085y")).toBe("x[201~rm -rf /y");
    expect(linesOf("a")).toBe(1);
    expect(linesOf("a\n")).toBe(1);
    expect(linesOf("a\nb")).toBe(2);
  });
});
