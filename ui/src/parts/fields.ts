import { Problem } from "../api/client";

/** The errors of an answer by their field ("credential.password"). */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries(error.errors.map(({ field, message }) => [field, message]));
}

/** What is wrong with a field, or with a part of it ("ok_statuses[0]"). */
export function errorOf(errors: Readonly<Record<string, string>>, field: string): string | undefined {
  const inside = Object.keys(errors).find((one) => one.startsWith(`${field}.`) || one.startsWith(`${field}[`));
  return errors[field] ?? (inside && errors[inside]);
}
