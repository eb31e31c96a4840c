import type { Values } from "./forms/schema";
import type { Limits, Targets } from "./types";

/** What was typed on the Run page, on its way into a template. No password is in it. */
export interface Handed {
  kind: string;
  spec: Values;
  targets: Targets;
  become: { user: string } | null;
  limits: Limits;
}

const KEY = "moorline.template-draft";

export const hand = (draft: Handed): void => sessionStorage.setItem(KEY, JSON.stringify(draft));

/** What was handed over last in this tab. */
export function handed(): Handed | null {
  const kept = sessionStorage.getItem(KEY);
  return kept === null ? null : (JSON.parse(kept) as Handed);
}
