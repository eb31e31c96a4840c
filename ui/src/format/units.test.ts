import { describe, expect, it } from "vitest";
import { ago, bits, bytes, duration, figure, percent } from "./units";

describe("figures", () => {
  it("are short and carry their unit", () => {
    expect(bytes(1536)).toBe("1.50 KiB");
    expect(bytes(3 * 2 ** 30)).toBe("3 GiB");
    expect(bits(125_000)).toBe("1 Mbit/s");
    expect(percent(99.6)).toBe("100");
    expect(percent(3.14)).toBe("3.1");
    expect(duration(90_061)).toBe("1d 1h");
    expect(duration(59)).toBe("59s");
    expect(figure(12.3456, "milliseconds")).toBe("12.3 ms");
  });

  it("are a dash where there is none", () => {
    for (const unit of ["percent", "bytes", "load", "count", "celsius"]) expect(figure(null, unit)).toBe("–");
    expect(ago(null, "en")).toBe("–");
  });

  it("tell the past in the reader's language", () => {
    const now = Date.parse("2026-01-01T00:10:00Z");
    expect(ago("2026-01-01T00:07:00Z", "en", now)).toBe("3 minutes ago");
    expect(ago("2026-01-01T00:07:00Z", "zh-CN", now)).toBe("3分钟前");
  });
});
