import { describe, expect, it } from "vitest";
import type { Playbook } from "./calls";
import { fitting, inLanguage, titleOf } from "./words";

const one = (reference: string, title: Record<string, string>, tags: string[] = []): Playbook =>
  ({
    reference,
    name: reference.split("/").at(-1),
    project: "",
    header: { title, tags, description: { en: "Makes it so" } },
  }) as unknown as Playbook;

describe("words", () => {
  it("are the reader's, else English, else any", () => {
    expect(inLanguage({ en: "Swap", "zh-CN": "交换" }, "zh-CN")).toBe("交换");
    expect(inLanguage({ en: "Swap" }, "zh-CN")).toBe("Swap");
    expect(inLanguage({ de: "Tausch" }, "en")).toBe("Tausch");
    expect(inLanguage(undefined, "en")).toBe("");
  });
  it("name a playbook without a header by its file", () => {
    expect(titleOf(one("library/swap", {}), "en")).toBe("swap");
  });
  it("find what holds all that was typed", () => {
    const all = [one("library/swap", { en: "Swap" }, ["memory"]), one("library/sshd", { en: "Harden sshd" })];
    expect(fitting(all, "mem so", "en").map((found) => found.reference)).toEqual(["library/swap"]);
    expect(fitting(all, "", "en")).toHaveLength(2);
    expect(fitting(all, "nothing", "en")).toEqual([]);
  });
});
