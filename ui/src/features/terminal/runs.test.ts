import { describe, expect, it } from "vitest";
import { exitCode, isMouse, isReport, shellsOwn } from "./reports";
import { differing, type Run, withMark } from "./runs";

const ended = (code: number | null, last = ""): Run => ({
  line: "x",
  startedAt: 0,
  changedAt: 0,
  endedAt: 1,
  code,
  last,
  asked: true,
});
const running: Run = { line: "x", startedAt: 0, changedAt: 0, endedAt: null, code: null, last: "", asked: true };

describe("runs", () => {
  it("name those that differ from most, by exit code and by last line", () => {
    const runs = new Map([
      ["a", ended(0, "ok")],
      ["b", ended(0, "ok")],
      ["c", ended(1, "ok")],
      ["d", ended(0, "other")],
      ["e", running],
    ]);
    expect([...differing(runs)]).toEqual(["c", "d"]);
  });

  it("name all where there is no most, and nobody where all are alike or alone", () => {
    expect([
      ...differing(
        new Map([
          ["a", ended(0)],
          ["b", ended(1)],
        ]),
      ),
    ]).toEqual(["a", "b"]);
    expect(
      differing(
        new Map([
          ["a", ended(0)],
          ["b", ended(0)],
        ]),
      ).size,
    ).toBe(0);
    expect(
      differing(
        new Map([
          ["a", ended(0)],
          ["b", running],
        ]),
      ).size,
    ).toBe(0);
    expect(differing(new Map()).size).toBe(0);
  });

  it("ask the shell for the exit code, and believe numbers alone", () => {
    const mark = String.raw`printf '\033]7719;%s;%s\007' "$status" '\'$?0'\'`;
    expect(withMark("false")).toBe(` false ; ${mark}`);
    expect(withMark("true && false")).toBe(` true && false ; ${mark}`);
    for (const before of ["sleep 1 &", "sleep 1&  ", "true;"]) expect(withMark(before)).toBe(` ${before} ${mark}`);
    // as sh, bash and ksh; zsh; csh; fish tell it
    for (const told of ["\\1270\\", "127;\\1270\\", "127;\\0\\", "127;'$?0'"])
      expect(exitCode(told.startsWith("\\") ? `;${told}` : told), told).toBe(127);
    expect([exitCode(";\\00\\"), exitCode("1;\\00\\")]).toEqual([0, 0]);
    for (const bad of ["", "x", ";", ";'$?0'", "1", "-1;x", "99999;x", "1;\n2", "1;too long a tail"])
      expect(exitCode(bad), bad).toBeNull();
  });

  it("believe a shell that tells by itself", () => {
    expect([shellsOwn("D;7"), shellsOwn("D;0;aid=1"), shellsOwn("D")]).toEqual([7, 0, null]);
    for (const other of ["A", "C", "DX", "D;x7x", ""]) expect(shellsOwn(other) ?? null, other).toBeNull();
  });
});

describe("reports", () => {
  it.each([
    "\x1b[?1;2c",
    "\x1b[>0;276;0c",
    "\x1b[12;40R",
    "\x1b[0n",
    "\x1b[?2026;2$y",
    "\x1b[8;24;80t",
    "\x1b[I",
    "\x1b[O",
    "\x1bP1$r0m\x1b\\",
    "\x1b]11;rgb:00/00/00\x1b\\",
  ])("are the terminal's own words: %j", (data) => expect(isReport(data)).toBe(true));
  it.each([
    "a",
    "漢",
    "\r",
    "\x03",
    "\x1b",
    "\x1b[A",
    "\x1bOP",
    "\x1b[1;5C",
    "\x1b[3~",
    "\x1b[1;2R",
    "\x1b[200~ls\x1b[201~",
    "\x1bb",
  ])("are not keys: %j", (data) => expect(isReport(data)).toBe(false));

  it("tell the mouse from keys", () => {
    for (const data of ["\x1b[<0;3;4M", "\x1b[<0;3;4m", "\x1b[M !!"]) expect(isMouse(data)).toBe(true);
    for (const data of ["\x1b[M", "\x1b[A", "M"]) expect(isMouse(data)).toBe(false);
  });
});
