import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { SECTIONS } from "../features/admin/sections";
import en from "../locales/en/shell.json";
import zh from "../locales/zh-CN/shell.json";
import "./i18n";
import { PARTS, PLACES } from "./places";

describe("what the palette knows pages by", () => {
  it("is a title for each", () => {
    for (const { label, within } of PARTS) expect([label, within].filter((key) => !i18next.exists(key))).toEqual([]);
  });

  it("is other words for each, in every language, and for nothing else", () => {
    const deeds = ["add", "onboard", "keys"];
    const names = [...PLACES, ...SECTIONS, ...PARTS].map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
    for (const catalogue of [en, zh])
      expect(Object.keys(catalogue.palette.also).sort()).toEqual([...names, ...deeds].sort());
  });
});
