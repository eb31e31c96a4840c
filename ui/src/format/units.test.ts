import { describe, expect, it } from "vitest";
import { ago, bytes, duration, figure, megas, moment, percent, rate } from "./units";

describe("figures", () => {
  it("are short and carry their unit", () => {
    expect(bytes(1536)).toBe("1.50 KiB");
    expect(bytes(3 * 2 ** 30)).toBe("3 GiB");
    expect(rate(125_000)).toBe("1 Mbit/s");
    expect(rate(125_000, "bytes")).toBe("125 kB/s");
    expect(percent(99.6)).toBe("100");
    expect(percent(3.14)).toBe("3.1");
    expect(duration(90_061)).toBe("1d 1h");
    expect(duration(59)).toBe("59s");
    expect(duration(0)).toBe("0s");
    expect(duration(86_400 + 59)).toBe("1d");
    expect(duration(90_061, "en", 1)).toBe("1d");
    expect(duration(90_061, "zh-CN")).toBe("1天1小时");
    expect(percent(0)).toBe("0");
    expect(figure(12.3456, "milliseconds")).toBe("12.3 ms");
  });

  it("need no unit where a column's head names it", () => {
    expect([0, 100, 12_500, 1_900_000, 1e9].map((value) => megas(value))).toEqual([
      "0",
      "<0.01",
      "0.10",
      "15.2",
      "8000",
    ]);
    expect(megas(2_500_000, "bytes")).toBe("2.50");
  });

  it("name the day of a moment only where it is another", () => {
    const now = new Date(2026, 0, 2, 12, 0, 5).getTime();
    expect(moment(now / 1000, now)).toBe("12:00:05");
    expect(moment(now / 1000 - 86_400, now)).toBe("01-01 12:00:05");
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
