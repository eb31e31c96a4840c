import type { Values } from "./forms/schema";
import type { Limits, Question, Targets } from "./types";

/** What was chosen for one run, on its way into a template. No password is in it. */
export interface Handed {
  kind: string;
  spec: Values;
  targets: Targets;
  become: { user: string } | null;
  limits: Limits;
  name?: string;
  survey?: Question[];
  check?: boolean;
  diff?: boolean;
}

const KEY = "moorline.template-draft";

export const hand = (draft: Handed): void => sessionStorage.setItem(KEY, JSON.stringify(draft));

/** What was handed over last in this tab. */
export function handed(): Handed | null {
  const kept = sessionStorage.getItem(KEY);
  return kept === null ? null : (JSON.parse(kept) as Handed);
}
