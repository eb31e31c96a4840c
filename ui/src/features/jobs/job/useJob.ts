import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { Problem } from "../../../api/client";
import { eventsAfter, hostsQuery, jobQuery, STEPS_AT_ONCE } from "../calls";
import { isOver } from "../order";
import { JobLink } from "./link";
import type { Watched } from "./store";

const STEPS_MS = 1000;

export const LinkContext = createContext<JobLink | null>(null);

/** The link of the job that is shown. */
export function useLink(): JobLink {
  const link = useContext(LinkContext);
  if (!link) throw new Error("there is no job here");
  return link;
}

interface JobOnPage {
  link: JobLink;
  watched: Watched | null;
  error: unknown;
  /** It may not be seen any more, or is not there. */
  gone: boolean;
  retry: () => void;
}

/** One job, live: asked for once, then told of by its socket. */
export function useJob(jobId: number): JobOnPage {
  const first = useQuery({ ...jobQuery(jobId), gcTime: 0 });
  const hosts = useQuery({ ...hostsQuery(jobId), gcTime: 0 });
  const [goneJob, setGoneJob] = useState<number | null>(null);
  const link = useMemo(() => new JobLink(jobId, () => setGoneJob(jobId)), [jobId]);
  const watched = useSyncExternalStore(link.store.subscribe, link.store.snapshot);
  const known = first.data !== undefined && hosts.data !== undefined;
  useEffect(() => {
    if (first.data && hosts.data) link.store.take(first.data, hosts.data);
  }, [link, first.data, hosts.data]);
  useEffect(() => {
    if (!known) return;
    link.open();
    return () => link.close();
  }, [link, known]);
  useSteps(link, watched);
  // a lookup that fails while the socket goes on is no reason to take the page away
  const error = watched && !(first.error && !first.data) ? null : (first.error ?? hosts.error);
  return {
    link,
    watched,
    error,
    gone: goneJob === jobId || (first.error instanceof Problem && first.error.status === 404),
    retry: () => {
      first.refetch();
      hosts.refetch();
    },
  };
}

/** The steps of a playbook: all that there are, then those that change while it runs. */
function useSteps(link: JobLink, watched: Watched | null): void {
  const id = watched?.job.id;
  const over = watched ? isOver(watched.job.state) : false;
  const none = watched?.job.kind === "command" || watched?.job.kind === "script";
  useEffect(() => {
    if (id === undefined || none) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const read = async () => {
      try {
        let more = true;
        while (more && !ended) {
          const page = await eventsAfter(id, link.store.lastEvent);
          if (ended) return;
          if (page.items.length) link.store.take(null, [], page.items);
          more = page.items.length === STEPS_AT_ONCE;
        }
      } catch {
        // asked again in a moment; the socket says when the job is out of reach
      }
      if (!ended && !over) timer = setTimeout(read, STEPS_MS);
    };
    read();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [link, id, over, none]);
}
