import type { Schemas } from "../../api/client";

export type Transfer = Schemas["TransferView"];

/** Is there still something to come? */
export const isActive = (one: Transfer): boolean =>
  one.state === "running" || one.state === "waiting" || one.state === "paused";

/** How much of it is done, in percent; nothing where the whole is not known. */
export function share(one: Pick<Transfer, "done_bytes" | "total_bytes" | "done_files" | "total_files">): number | null {
  if (one.total_bytes) return Math.min(100, (100 * one.done_bytes) / one.total_bytes);
  if (one.total_files) return Math.min(100, (100 * one.done_files) / one.total_files);
  return null;
}
