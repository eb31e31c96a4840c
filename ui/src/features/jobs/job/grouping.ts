import type { OutputGroup } from "../types";

const BAD: readonly string[] = ["failed", "unreachable"];

/** What needs somebody before what went well; among each the largest first, as they come. */
export const inOrder = (groups: readonly OutputGroup[]): OutputGroup[] =>
  groups.toSorted((a, b) => Number(BAD.includes(b.state)) - Number(BAD.includes(a.state)));

/** The place of the largest group that said anything; -1 where none did. */
export const mostSaid = (groups: readonly OutputGroup[]): number =>
  groups.reduce(
    (best, group, place) => (group.text && group.hosts.length > (groups[best]?.hosts.length ?? 0) ? place : best),
    -1,
  );

/** What is said of a group, as a key of the catalogue. What stands in the output of hosts that could not be reached may be
 * our own, or only the beginning. */
export const wordOf = (group: OutputGroup): "job.saidBy" | "job.awayOf" | "job.silentOf" => {
  if (group.state === "unreachable") return "job.awayOf";
  return group.text ? "job.saidBy" : "job.silentOf";
};
