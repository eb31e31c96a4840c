import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { groupsOfJobQuery } from "../calls";
import { isOver } from "../order";
import type { Job, JobHost, OutputGroup } from "../types";

/** How often hosts that have come to their end are put together anew while others run. */
const STEP = 5;

interface Groups {
  groups: readonly OutputGroup[] | null;
  error: unknown;
  retry: () => void;
}

/** Hosts by what they said; asked for again as more of them come to their end. */
export function useGroups(job: Job, hosts: readonly JobHost[]): Groups {
  const done = hosts.filter((host) => host.ended_at !== null).length;
  // with many hosts not at every single one
  const step = hosts.length > 50 ? Math.floor(done / STEP) : done;
  const query = useQuery({
    ...groupsOfJobQuery(job.id, isOver(job.state) ? `over ${job.ended_at}` : `at ${step}`),
    placeholderData: keepPreviousData,
  });
  return { groups: query.data?.items ?? null, error: query.error, retry: () => query.refetch() };
}
