import { useCallback, useEffect, useRef, useState } from "react";
import { outputBefore } from "../calls";
import type { Job, Piece } from "../types";
import { Lines, MOST_LINES, type OutputLine } from "./lines";
import { useLink } from "./useJob";

interface Output {
  lines: readonly OutputLine[];
  dropped: number;
  error: unknown;
  /** The first of it is under way. */
  waiting: boolean;
  /** Reads what was said before the first line; nothing where there is nothing, or no room. */
  earlier: (() => void) | null;
  loading: boolean;
}

const END = Number.MAX_SAFE_INTEGER;

/** Output of one host or of all: its end first, then what comes, and what was before when it is asked for. */
export function useOutput(job: Job, hostId: number | null, names: ReadonlyMap<number, string>): Output {
  const link = useLink();
  const [shown, setShown] = useState<{ lines: readonly OutputLine[]; dropped: number }>({ lines: [], dropped: 0 });
  const [error, setError] = useState<unknown>(null);
  const [waiting, setWaiting] = useState(true);
  const [before, setBefore] = useState<number | null>(null);
  const [loading, setLoading] = useState(false);
  const pieces = useRef<Piece[]>([]);
  const drawn = useRef<Lines | null>(null);
  const latest = useRef(names);
  latest.current = names;
  const make = useCallback(
    () =>
      new Lines((id) => (hostId === null ? (latest.current.get(id) ?? (id === 0 ? job.kind : undefined)) : undefined)),
    [hostId, job.kind],
  );
  useEffect(() => {
    const lines = make();
    drawn.current = lines;
    pieces.current = [];
    setShown({ lines: [], dropped: 0 });
    setError(null);
    setWaiting(true);
    let ended = false;
    let stop: (() => void) | undefined;
    const add = (more: readonly Piece[]) => {
      pieces.current.push(...more);
      lines.take(more);
      setShown({ lines: lines.lines, dropped: lines.dropped });
    };
    const begin = (from: number) => {
      stop = link.want({ hostIds: hostId === null ? null : [hostId], after: from, take: add });
    };
    outputBefore(job.id, hostId, END)
      .then((page) => {
        if (ended) return;
        add(page.items);
        setBefore(page.before);
        setWaiting(false);
        begin(page.items.at(-1)?.seq ?? 0);
      })
      .catch((failure) => {
        if (ended) return;
        setError(failure);
        setWaiting(false);
      });
    return () => {
      ended = true;
      stop?.();
    };
  }, [link, job.id, hostId, make]);
  const earlier = async () => {
    if (before === null || loading) return;
    setLoading(true);
    const mine = drawn.current;
    try {
      const page = await outputBefore(job.id, hostId, before);
      if (drawn.current !== mine || !mine) return;
      pieces.current = [...page.items, ...pieces.current];
      mine.again(pieces.current);
      setShown({ lines: mine.lines, dropped: mine.dropped });
      setBefore(page.before);
    } catch (failure) {
      setError(failure);
    } finally {
      setLoading(false);
    }
  };
  const room = before !== null && shown.lines.length < MOST_LINES && shown.dropped === 0;
  return { ...shown, error, waiting, earlier: room ? earlier : null, loading };
}
