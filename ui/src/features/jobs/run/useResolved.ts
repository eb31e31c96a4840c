import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { previewQuery } from "../calls";
import type { PreviewHost, Targets } from "../types";

const TYPING_MS = 250;

/** On which hosts a choice of targets would run now. */
export interface Resolved {
  /** Nothing is chosen yet. */
  empty: boolean;
  hosts: readonly PreviewHost[] | null;
  leftOut: readonly PreviewHost[];
  error: unknown;
  /** What is shown belongs to the choice before. */
  waiting: boolean;
}

export const isEmpty = (targets: Targets): boolean =>
  targets.host_ids.length + targets.group_ids.length + targets.tags.length === 0 && targets.expression.trim() === "";

/** What is missing before a launch, as a key of the catalogue. */
export function missingHosts({ empty, error, hosts, waiting }: Resolved) {
  if (empty) return "targets.none";
  if (error) return "targets.wrong";
  if (!hosts || waiting) return "targets.asking";
  return hosts.length === 0 ? "targets.nobody" : undefined;
}

export function useResolved(targets: Targets): Resolved {
  const [asked] = useDebouncedValue(targets, TYPING_MS);
  const empty = isEmpty(targets);
  const query = useQuery({ ...previewQuery(asked), enabled: !isEmpty(asked), placeholderData: keepPreviousData });
  return {
    empty,
    hosts: empty || query.error ? null : (query.data?.items ?? null),
    leftOut: query.data?.left_out ?? [],
    error: empty ? null : query.error,
    waiting: asked !== targets || query.isPlaceholderData,
  };
}
