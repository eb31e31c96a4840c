import { defaultsOf, type Schema, type Values } from "../forms/schema";
import { handed } from "../handover";
import { LIMITS, NO_TARGETS } from "../run/draft";
import type { Kind, Limits, Notify, Question, Targets, Template } from "../types";

/** A template while it is written. */
export interface TemplateDraft {
  name: string;
  description: string;
  kind: string;
  spec: Values;
  targets: Targets;
  become: { user: string } | null;
  survey: Question[];
  limits: Limits;
  notify: Notify;
  check: boolean;
  diff: boolean;
  needs_approval: boolean;
  lock: "none" | "template" | "host";
  on_lock: "wait" | "refuse";
  launcher_ids: number[] | null;
}

export const NOTIFY: Notify = { on_start: false, on_success: false, on_failure: false, on_long: false, on_wait: true };

export function blankTemplate(kinds: readonly Kind[], withDraft: boolean): TemplateDraft {
  const before = withDraft ? handed() : null;
  const kind = kinds.find((one) => one.name === (before?.kind ?? "command")) ?? kinds[0];
  return {
    name: before?.name ?? "",
    description: "",
    kind: kind?.name ?? "command",
    spec: before?.spec ?? (kind ? defaultsOf(kind.schema as Schema) : {}),
    targets: before?.targets ?? NO_TARGETS,
    become: before?.become ?? null,
    survey: before?.survey ?? [],
    limits: before?.limits ?? LIMITS,
    notify: NOTIFY,
    check: before?.check ?? false,
    diff: before?.diff ?? false,
    needs_approval: false,
    lock: "none",
    on_lock: "wait",
    launcher_ids: null,
  };
}

export const draftOf = (template: Template, name = template.name): TemplateDraft => ({
  name,
  description: template.description,
  kind: template.kind,
  spec: template.spec as Values,
  targets: { ...NO_TARGETS, ...template.targets },
  become: template.become ? { user: template.become.user ?? "root" } : null,
  survey: template.survey as Question[],
  limits: { ...LIMITS, ...template.limits },
  notify: { ...NOTIFY, ...template.notify },
  check: template.check,
  diff: template.diff,
  needs_approval: template.needs_approval,
  lock: template.lock as TemplateDraft["lock"],
  on_lock: template.on_lock as TemplateDraft["on_lock"],
  launcher_ids: template.launcher_ids,
});
