export interface AuditSearch {
  actor?: string;
  action?: string;
  object?: string;
}

/** The audit log's filters as the address holds them. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const word = (value: unknown) => (value === undefined || value === "" ? undefined : String(value));
  return { actor: word(search.actor), action: word(search.action), object: word(search.object) };
}
