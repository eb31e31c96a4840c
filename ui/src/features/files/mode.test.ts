import { describe, expect, it } from "vitest";
import { bitOf, extraBit, fromOctal, letters, octal } from "./mode";

describe("modes", () => {
  it("are read as ls shows them", () => {
    expect(letters(0o755)).toBe("rwxr-xr-x");
    expect(letters(0o4755)).toBe("rwsr-xr-x");
    expect(letters(0o2644)).toBe("rw-r-Sr--");
    expect(letters(0o1777)).toBe("rwxrwxrwt");
    expect(letters(0o100644)).toBe("rw-r--r--");
  });

  it("are written with four digits and read with three or four", () => {
    expect(octal(0o644)).toBe("0644");
    expect(octal(0o104755)).toBe("4755");
    expect(fromOctal(" 755 ")).toBe(0o755);
    expect(fromOctal("1777")).toBe(0o1777);
    for (const wrong of ["", "8", "778", "99", "12345", "0x1"]) expect(fromOctal(wrong)).toBeNull();
  });

  it("have a bit for each box", () => {
    expect(bitOf("owner", "read")).toBe(0o400);
    expect(bitOf("group", "write")).toBe(0o020);
    expect(bitOf("others", "execute")).toBe(0o001);
    expect([extraBit("setuid"), extraBit("setgid"), extraBit("sticky")]).toEqual([0o4000, 0o2000, 0o1000]);
  });
});
