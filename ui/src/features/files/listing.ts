import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "../../api/client";
import { type Entry, entryOf, linked, type Told } from "./entry";
import { address, lines } from "./stream";

export interface Space {
  total: number;
  free: number;
  available: number;
}

export interface Listing {
  entries: readonly Entry[];
  /** Where it really is, with links followed. */
  real: string | null;
  path: string | null;
  space: Space | null;
  busy: boolean;
  error: unknown;
}

type Line =
  | { type: "folder"; path: string; real: string; space: Space | null }
  | { type: "entries"; entries: Told[] }
  | { type: "links"; links: [string, string | null, string | null][] }
  | { type: "done" }
  | { type: "problem"; code: string; detail: string };

const NOTHING: Listing = { entries: [], real: null, path: null, space: null, busy: true, error: null };

/** Reads a folder; `tell` is given all that is known so far, each time something comes. */
export async function readFolder(
  url: string,
  signal: AbortSignal,
  tell: (next: Partial<Listing>) => void,
): Promise<void> {
  let entries: Entry[] = [];
  for await (const line of lines<Line>(url, signal)) {
    if (line.type === "folder") tell({ path: line.path, real: line.real, space: line.space });
    else if (line.type === "entries") {
      entries = entries.concat(line.entries.map(entryOf));
      tell({ entries });
    } else if (line.type === "links") {
      const found = new Map(line.links.map((link) => [link[0], link]));
      entries = entries.map((entry) => {
        const link = found.get(entry.id);
        return link ? linked(entry, link[1], link[2]) : entry;
      });
      tell({ entries });
    } else if (line.type === "problem") throw new Problem(502, line.code, line.detail);
  }
}

/** A folder of a host, as it comes; read again by `reload`, then what was there stays until the new one is complete. */
export function useListing(hostId: number, path: string | null, asRoot: boolean): Listing & { reload: () => void } {
  const [listing, setListing] = useState<Listing>(NOTHING);
  const [turn, setTurn] = useState(0);
  const place = `${hostId} ${asRoot} ${path}`;
  const [at, setAt] = useState(place);
  const complete = useRef("");
  if (at !== place) {
    setAt(place);
    setListing(NOTHING);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn reads it again
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    const again = complete.current === place;
    let held: Partial<Listing> = {};
    const tell = (next: Partial<Listing>) => {
      held = { ...held, ...next };
      if (!again) setListing((before) => ({ ...before, ...next }));
    };
    setListing((before) => ({ ...before, busy: true, error: null }));
    readFolder(address(hostId, "list", { path, as_root: asRoot }), stop.signal, tell)
      .then(() => {
        if (stop.signal.aborted) return;
        complete.current = place;
        setListing((before) => ({ ...before, ...held, entries: held.entries ?? [], busy: false }));
      })
      .catch((error) => {
        if (!stop.signal.aborted) setListing((before) => ({ ...before, busy: false, error }));
      });
    return () => stop.abort();
  }, [hostId, path, asRoot, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return { ...listing, reload };
}
