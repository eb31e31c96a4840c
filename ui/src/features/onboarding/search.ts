export interface OnboardSearch {
  /** The onboarding that is looked at. */
  id?: number;
  /** The batch that is looked at. */
  batch?: string;
  from?: "file";
  /** The onboarding whose wishes the form begins with. */
  again?: number;
}

const whole = (value: unknown) => (Number.isInteger(value) && (value as number) > 0 ? (value as number) : undefined);

export function onboardSearch(search: Record<string, unknown>): OnboardSearch {
  const { id, batch, from, again } = search;
  return {
    id: whole(id),
    again: whole(again),
    batch: batch === undefined || batch === "" ? undefined : String(batch),
    from: from === "file" ? "file" : undefined,
  };
}

export function keysSearch(search: Record<string, unknown>): { id?: number; credential?: number } {
  return { id: whole(search.id), credential: whole(search.credential) };
}
