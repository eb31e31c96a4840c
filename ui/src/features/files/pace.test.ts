import { describe, expect, it } from "vitest";
import { Meter } from "./pace";

describe("the pace of a transfer", () => {
  it("is that of the last seconds", () => {
    const meter = new Meter();
    expect(meter.pace(100)).toEqual({ perS: null, leftS: null });
    for (let at = 0; at <= 60; at += 1) meter.note(at < 40 ? at : 40 + (at - 40) * 10, at);
    const { perS, leftS } = meter.pace(340);
    expect(perS).toBeCloseTo(10, 1);
    expect(leftS).toBeCloseTo(10, 1);
  });

  it("begins anew after a rest and when it goes back", () => {
    const meter = new Meter();
    meter.note(0, 0);
    meter.note(1000, 1);
    meter.rest();
    expect(meter.pace(2000).perS).toBeNull();
    meter.note(1000, 100);
    meter.note(1010, 101);
    expect(meter.pace(null)).toEqual({ perS: 10, leftS: null });
    meter.note(0, 102);
    expect(meter.pace(10).perS).toBeNull();
  });

  it("says nothing of the time left where nothing moves", () => {
    const meter = new Meter();
    meter.note(5, 0);
    meter.note(5, 4);
    expect(meter.pace(10)).toEqual({ perS: 0, leftS: null });
  });
});
