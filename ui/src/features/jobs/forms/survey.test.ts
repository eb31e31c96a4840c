import { describe, expect, it } from "vitest";
import type { Question } from "../types";
import { answersOf, blank, faultOf, nameOf, relabeled, wrongWith } from "./survey";

const question = (change: Partial<Question>): Question => ({ ...blank([]), ...change });

describe("questions", () => {
  it("need a name that a shell can hold, once", () => {
    const good = question({ name: "target_1" });
    expect(faultOf(good, [good])).toBeNull();
    for (const name of ["", "1st", "a-b", "a b", "$x", "A"]) expect(faultOf(question({ name }), [])).toBe("name");
    expect(faultOf(good, [good, { ...good }])).toBe("twice");
  });

  it("are named by their words until somebody names them", () => {
    const others = [question({ name: "disk" })];
    expect(nameOf("Größe der Disk (GiB)", [])).toBe("gro_e_der_disk_gib");
    expect(nameOf("2. Disk?", others)).toBe("disk_2");
    expect(nameOf("磁盘", [])).toBeNull();
    let one = relabeled(blank(others), "Name", others);
    expect(one.name).toBe("name");
    one = relabeled(relabeled(one, "", others), "Disk", others);
    expect([one.label, one.name]).toEqual(["Disk", "disk_2"]);
    expect(faultOf(one, [...others, one])).toBeNull();
    expect(relabeled({ ...one, name: "mine" }, "Volume", others).name).toBe("mine");
  });

  it("need something to choose from, a range that holds something and a pattern that can be read", () => {
    expect(faultOf(question({ type: "choice" }), [])).toBe("choices");
    expect(faultOf(question({ type: "number", least: 3, most: 1 }), [])).toBe("range");
    expect(faultOf(question({ pattern: "(" }), [])).toBe("pattern");
  });
});

describe("answers", () => {
  it("begin with defaults, or with what was answered before", () => {
    const questions = [question({ name: "a", default: "x" }), question({ name: "b" })];
    expect(answersOf(questions)).toEqual({ a: "x", b: null });
    expect(answersOf(questions, { a: "y" })).toEqual({ a: "y", b: null });
  });

  it("are missing only where they have to be there", () => {
    expect(wrongWith(question({}), "")?.[0]).toBe("missing");
    expect(wrongWith(question({ required: false }), null)).toBeNull();
    expect(wrongWith(question({ type: "number" }), 0)).toBeNull();
  });

  it("keep to range, length, choices and pattern", () => {
    expect(wrongWith(question({ type: "number", least: 1, most: 5 }), 6)).toEqual(["most", { value: 5 }]);
    expect(wrongWith(question({ type: "number", least: 1 }), 0)).toEqual(["least", { value: 1 }]);
    expect(wrongWith(question({ type: "choice", choices: ["a"] }), "b")?.[0]).toBe("choice");
    expect(wrongWith(question({ most: 2 }), "abc")?.[0]).toBe("long");
    expect(wrongWith(question({ pattern: "[a-z]+" }), "a1")?.[0]).toBe("form");
    expect(wrongWith(question({ pattern: "[a-z]+" }), "ab")).toBeNull();
    expect(wrongWith(question({ type: "number", whole: true }), 1.5)?.[0]).toBe("whole");
    expect(wrongWith(question({}), "a\nb")?.[0]).toBe("line");
    expect(wrongWith(question({ multiline: true }), "a\nb")).toBeNull();
  });
});
