export interface OnboardSearch {
  /** The onboarding that is looked at. */
  id?: number;
  /** The batch that is looked at. */
  batch?: string;
  from?: "file";
}

export function onboardSearch(search: Record<string, unknown>): OnboardSearch {
  const { id, batch, from } = search;
  return {
    id: Number.isInteger(id) && (id as number) > 0 ? (id as number) : undefined,
    batch: batch === undefined || batch === "" ? undefined : String(batch),
    from: from === "file" ? "file" : undefined,
  };
}

export function keysSearch(search: Record<string, unknown>): { id?: number; credential?: number } {
  const whole = (value: unknown) => (Number.isInteger(value) && (value as number) > 0 ? (value as number) : undefined);
  return { id: whole(search.id), credential: whole(search.credential) };
}
