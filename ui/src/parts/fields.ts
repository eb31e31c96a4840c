import { Problem } from "../api/client";

/** The errors of an answer by their field ("credential.password"). */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries(error.errors.map(({ field, message }) => [field, message]));
}
