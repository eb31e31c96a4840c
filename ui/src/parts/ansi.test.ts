import { describe, expect, it } from "vitest";
import { pieces, plainText } from "./ansi";

describe("coloured text", () => {
  it("comes as pieces with their colours", () => {
    expect(pieces("a \u001b[1;31merror\u001b[0m b")).toEqual([
      { text: "a ", color: null, bold: false },
      { text: "error", color: 1, bold: true },
      { text: " b", color: null, bold: false },
    ]);
    expect(pieces("\u001b[92mok\u001b[39m.").map((one) => one.color)).toEqual([10, null]);
    expect(pieces("\u001b[38;5;31mx")).toEqual([{ text: "x", color: null, bold: false }]);
  });

  it("does nothing else that a program asks for", () => {
    const hostile = "\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u001b]0;title\u001b\\safe\u0000\r";
    expect(plainText(hostile)).toBe("safe");
    expect(pieces(hostile)).toEqual([{ text: "safe", color: null, bold: false }]);
    expect(plainText("<b>&amp;</b>")).toBe("<b>&amp;</b>");
  });
});
