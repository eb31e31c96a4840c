import { describe, expect, it } from "vitest";
import { faultOf, type InitStep, initOf, moved, presetOf, questionOf, takenAs, wrongValue } from "./steps";

const parameter = {
  name: "user",
  type: "text",
  title: { en: "Account", "zh-CN": "账户" },
  required: true,
  pattern: "[a-z_][a-z0-9_-]{0,31}",
  multiline: false,
};
const port = { ...parameter, name: "port", type: "number", required: false, pattern: "", min: 1, max: 65535 };
const step = (name: string, parameters: unknown[] = []): InitStep =>
  ({ name, header: { title: { en: name }, description: {}, order: 1, guarded: false, parameters } }) as InitStep;

describe("values of init steps", () => {
  const question = questionOf(parameter, "zh-CN");
  it("are asked in the reader's language", () => {
    expect(question.label).toBe("账户");
  });
  it("are judged as the controller judges them", () => {
    expect(wrongValue(question, undefined)?.[0]).toBe("missing");
    expect(wrongValue(question, "Root!")?.[0]).toBe("form");
    expect(wrongValue(question, "ops")).toBeNull();
    expect(wrongValue(questionOf(port, "en"), 70_000)?.[0]).toBe("most");
    expect(wrongValue(questionOf(port, "en"), 2.5)?.[0]).toBe("whole");
    expect(wrongValue(questionOf(port, "en"), undefined)).toBeNull();
  });
  it("may wait for an answer", () => {
    expect(wrongValue(question, "{{ account }}")).toBeNull();
    expect(wrongValue(questionOf(port, "en"), "{{ port }}")).toBeNull();
  });
  it("name the first that is wrong", () => {
    expect(faultOf(step("user", [parameter, port]), { user: "ops", port: 0 }, "en")?.name).toBe("port");
    expect(faultOf(step("user", [parameter, port]), { user: "ops" }, "en")).toBeNull();
  });
  it("are numbers where numbers are asked for", () => {
    expect(takenAs(questionOf(port, "en"), "2222")).toBe(2222);
    expect(takenAs(questionOf(port, "en"), "{{ port }}")).toBe("{{ port }}");
    expect(takenAs(question, "22")).toBe("22");
  });
});

describe("lists of init steps", () => {
  const known = [step("hostname"), step("python"), step("user")];
  it("begin with a preset, in the controller's order", () => {
    expect(presetOf("all", known).map((one) => one.step)).toEqual(["hostname", "python", "user"]);
    expect(presetOf("playbooks", known)).toEqual([{ step: "python", values: {} }]);
    expect(presetOf("all", known)[0]?.values).toEqual({ hostname: "{{ host.name }}" });
  });
  it("are read from a spec that leaves things out", () => {
    expect(initOf({ steps: [{ step: "python" }] })).toEqual({
      steps: [{ step: "python", values: {} }],
      rollback_s: 120,
    });
    expect(initOf({})).toEqual({ steps: [], rollback_s: 120 });
  });
  it("change their order", () => {
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  });
});
