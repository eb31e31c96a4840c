import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Tree = Record<string, unknown>;

/** All files of a language; a section that two files hold would hide one of them. */
function catalogue(language: string): Tree {
  const whole: Tree = {};
  for (const name of readdirSync(join(__dirname, language))) {
    const sections = JSON.parse(readFileSync(join(__dirname, language, name), "utf8")) as Tree;
    for (const section of Object.keys(sections)) expect(whole, `${section} of ${name}`).not.toHaveProperty([section]);
    Object.assign(whole, sections);
  }
  return whole;
}

const en = catalogue("en");
const zh = catalogue("zh-CN");
const PLURALS = /_(zero|one|two|few|many|other)$/;

function keys(tree: object, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "string" ? [prefix + name] : keys(value as Tree, `${prefix}${name}.`),
  );
}
const plain = (tree: object) => new Set(keys(tree).map((key) => key.replace(PLURALS, "")));

function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sources(path);
      return /\.tsx?$/.test(entry.name) && !entry.name.includes(".test.") ? readFileSync(path, "utf8") : "";
    })
    .join("\n");
}

describe("catalogues", () => {
  it("hold the same keys", () => {
    expect([...plain(zh)].sort()).toEqual([...plain(en)].sort());
  });

  it("hold every key that the page asks for, and no other", () => {
    const text = sources(join(__dirname, ".."));
    const known = plain(en);
    const asked = [...text.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((match) => match[1] as string);
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
    // looked for once each, not once for every key in all of the page
    const quoted = new Set([...text.matchAll(/"([\w.-]+)"/g)].map((match) => match[1]));
    const families = new Set([...text.matchAll(/`([\w.-]+\.)\$\{/g)].map((match) => match[1]));
    const unused = [...known].filter(
      (key) => !quoted.has(key) && !families.has(key.slice(0, key.lastIndexOf(".") + 1)),
    );
    expect(unused).toEqual([]);
  });

  it("use the same placeholders", () => {
    const flat = (tree: object, prefix = ""): [string, string][] =>
      Object.entries(tree).flatMap(([name, value]) =>
        typeof value === "string"
          ? [[prefix + name, value] as [string, string]]
          : flat(value as Tree, `${prefix}${name}.`),
      );
    const chinese = new Map(flat(zh));
    const holes = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();
    for (const [key, text] of flat(en)) {
      const other = chinese.get(key) ?? chinese.get(key.replace(PLURALS, "_other"));
      if (other !== undefined) expect(holes(other), key).toEqual(holes(text));
    }
  });
});
