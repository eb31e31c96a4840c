import type { Schemas } from "../../api/client";
import type { Handed } from "../jobs/handover";
import { LIMITS, NO_TARGETS } from "../jobs/run/draft";
import type { BecomeWish, Limits, Question, Targets } from "../jobs/types";
import type { Playbook } from "./calls";
import { type Answers, questionOf } from "./Questions";
import { titleOf } from "./words";

/** How a playbook is to be run, while it is chosen. */
export interface PlaybookRun {
  targets: Targets;
  answers: Answers;
  become: BecomeWish | null;
  limits: Limits;
  check: boolean;
  diff: boolean;
  /** The harm that it may do is meant. */
  sure: boolean;
}

export const begin = ({ header }: Playbook): PlaybookRun => ({
  targets: NO_TARGETS,
  answers: {},
  become: header.become ? { user: "root" } : null,
  limits: LIMITS,
  check: false,
  diff: true,
  sure: false,
});

/** Does its text become root whatever is chosen beside it? */
export const becomesItself = (text: string): boolean => /^\s*(?:-\s+)?become:\s*(?:true|yes)\b/im.test(text);

const surveyOf = (one: Playbook, language: string) =>
  (one.header.parameters ?? []).map((asked) => questionOf(asked, language));

/** As a job, to be run at once. */
export const jobOf = (one: Playbook, run: PlaybookRun, language: string): Schemas["NewJob"] => ({
  kind: "playbook",
  name: titleOf(one, language),
  spec: { playbook: one.reference },
  targets: run.targets,
  survey: surveyOf(one, language),
  params: run.answers,
  become: run.become && { user: run.become.user },
  password: run.become?.password ?? null,
  limits: run.limits,
  check: run.check,
  diff: run.diff,
  needs_approval: false,
  lock: "none",
  on_lock: "wait",
});

/** As the beginning of a template: what was answered is what its questions begin with. No secret goes along. */
export const templateOf = (one: Playbook, run: PlaybookRun, language: string): Handed => ({
  kind: "playbook",
  name: titleOf(one, language),
  spec: { playbook: one.reference },
  targets: run.targets,
  become: run.become && { user: run.become.user },
  limits: run.limits,
  survey: surveyOf(one, language).map((question) => {
    const given = question.type === "secret" || question.type === "host" ? undefined : run.answers[question.name];
    return { ...question, default: given ?? question.default } as Question;
  }),
  check: run.check,
  diff: run.diff,
});
