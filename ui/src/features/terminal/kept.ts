import { type Ask, EMPTY, type Layout, MOST_PANES, type Node, newId, type Pane, panesOf, type Tab } from "./layout";

type Loose = Record<string, unknown>;
const isRecord = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const textOr = (value: unknown, other: string): string => (typeof value === "string" ? value : other);
const keyOf = (userId: number): string => `moorline.terminal.${userId}`;
const LOCK = "moorline.terminal";

/** The layout that was kept, as far as it can be understood: it may be another version's, or damaged. */
export function understood(kept: string | null): Layout {
  if (kept === null) return EMPTY;
  try {
    return asLayout(JSON.parse(kept));
  } catch {
    return EMPTY;
  }
}

/** The same, once it is no text any more. */
export function asLayout(whole: unknown): Layout {
  if (!isRecord(whole) || !Array.isArray(whole.tabs)) return EMPTY;
  let room = MOST_PANES;
  const tabs: Tab[] = [];
  for (const one of whole.tabs) {
    const tab = asTab(one, room);
    if (tab) {
      tabs.push(tab);
      room -= panesOf(tab.node).length;
    }
  }
  const current = tabs.find((tab) => tab.id === whole.current) ?? tabs[0];
  return { tabs, current: current?.id ?? null };
}

function asTab(given: unknown, room: number): Tab | null {
  if (!isRecord(given)) return null;
  const node = asNode(given.node, 0);
  if (node === null) return null;
  const panes = panesOf(node);
  if (panes.length > room) return null;
  const has = (id: unknown) => panes.some((pane) => pane.id === id);
  return {
    id: textOr(given.id, newId()),
    node,
    active: has(given.active) ? (given.active as string) : (panes[0] as Pane).id,
    broadcast: given.broadcast === true,
    zoomed: has(given.zoomed) ? (given.zoomed as string) : null,
  };
}

const DEEPEST = 12;

function asNode(given: unknown, depth: number): Node | null {
  if (!isRecord(given) || depth > DEEPEST) return null;
  if (given.kind === "pane") return asPane(given);
  if (given.kind !== "split" || !Array.isArray(given.parts)) return null;
  const parts = given.parts.map((part) => asNode(part, depth + 1)).filter((part): part is Node => part !== null);
  if (parts.length < 2) return parts[0] ?? null;
  return {
    kind: "split",
    id: textOr(given.id, newId()),
    way: given.way === "column" ? "column" : "row",
    parts,
    shares: asShares(given.shares, parts.length),
  };
}

function asShares(given: unknown, count: number): number[] {
  const shares = Array.isArray(given) ? given : [];
  const sum = shares.reduce((all, one) => all + (typeof one === "number" && one > 0 ? one : Number.NaN), 0);
  if (shares.length === count && sum > 0) return shares.map((share) => share / sum);
  return Array.from({ length: count }, () => 1 / count);
}

function asPane(given: Loose): Pane | null {
  if (typeof given.hostId !== "number") return null;
  return {
    kind: "pane",
    id: textOr(given.id, newId()),
    hostId: given.hostId,
    sessionId: typeof given.sessionId === "string" ? given.sessionId : null,
    joined: given.joined !== false,
    ask: asAsk(given.ask),
  };
}

export function asAsk(given: unknown): Ask {
  if (!isRecord(given)) return { kind: "shell" };
  if (given.kind === "root") return { kind: "root" };
  if (given.kind !== "container" || typeof given.container !== "string") return { kind: "shell" };
  return { kind: "container", container: given.container, engine: given.engine === "podman" ? "podman" : "docker" };
}

/**
 * What this window showed before it was reloaded. A new window begins with what the last one left, unless that one is
 * still open. `release` lets another window have it.
 */
export async function recall(userId: number): Promise<{ layout: Layout; release: () => void }> {
  const own = sessionStorage.getItem(keyOf(userId));
  const { alone, release } = await claim();
  if (own !== null) return { layout: understood(own), release };
  return { layout: alone ? understood(localStorage.getItem(keyOf(userId))) : EMPTY, release };
}

export function remember(userId: number, layout: Layout): void {
  const text = JSON.stringify(layout);
  try {
    sessionStorage.setItem(keyOf(userId), text);
    localStorage.setItem(keyOf(userId), text);
  } catch {
    // a browser without room for it forgets the layout; sessions are listed all the same
  }
}

/** Is this the only window with terminals? */
function claim(): Promise<{ alone: boolean; release: () => void }> {
  const nothing = () => undefined;
  if (!navigator.locks) return Promise.resolve({ alone: true, release: nothing });
  return new Promise((answer) => {
    const held = new Promise<void>((release) => {
      navigator.locks
        .request(LOCK, { ifAvailable: true }, (lock) => {
          answer({ alone: lock !== null, release });
          return lock === null ? undefined : held;
        })
        .catch(() => answer({ alone: true, release: nothing }));
    });
  });
}
