import { expect, test } from "vitest";
import type { Playbook } from "./calls";
import { becomesItself, begin, jobOf, templateOf } from "./running";

const PLAYBOOK = {
  reference: "own/word",
  name: "word",
  header: {
    title: { en: "Leave a word" },
    become: true,
    parameters: [
      { name: "word", type: "text", required: true },
      { name: "pin", type: "secret" },
    ],
  },
} as unknown as Playbook;

test("a play that becomes root is seen, one that only mentions it is not", () => {
  expect(becomesItself("# moorline:\n#   become: true\n- hosts: all\n  become: true\n")).toBe(true);
  expect(becomesItself("- become: yes\n  hosts: all\n")).toBe(true);
  expect(becomesItself("# moorline:\n#   become: true\n- hosts: all\n  become: false\n")).toBe(false);
});

test("a password goes with the run and nothing secret into the template", () => {
  const run = { ...begin(PLAYBOOK), answers: { word: "hello", pin: "1234" }, become: { user: "root", password: "pw" } };
  const job = jobOf(PLAYBOOK, run, "en");
  expect([job.become, job.password, job.params]).toEqual([{ user: "root" }, "pw", run.answers]);
  const kept = templateOf(PLAYBOOK, run, "en");
  expect(kept.survey?.map((one) => one.default)).toEqual(["hello", null]);
  expect(JSON.stringify(kept)).not.toMatch(/pw|1234/);
});
