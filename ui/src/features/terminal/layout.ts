/** What stands where on the terminal page: tabs, and in each a tree of panes side by side or above each other. Pure. */

export interface Pane {
  kind: "pane";
  id: string;
  hostId: number;
  /** Of the session that the controller keeps; none before it has been opened. */
  sessionId: string | null;
  /** Takes what is typed to all, while its tab does that. */
  joined: boolean;
  ask: Ask;
}

/** What is wanted on the host: its account's shell, root's, or one in a container. */
export interface Ask {
  kind: "shell" | "root" | "container";
  container?: string;
  engine?: "docker" | "podman";
}

export interface Split {
  kind: "split";
  id: string;
  /** Side by side, or above each other. */
  way: "row" | "column";
  parts: Node[];
  /** Shares of the room, one for each part; together 1. */
  shares: number[];
}

export type Node = Pane | Split;
export type Edge = "left" | "right" | "top" | "bottom";

export interface Tab {
  id: string;
  node: Node;
  /** The pane that has the keyboard. */
  active: string;
  /** What is typed goes to every joined pane. */
  broadcast: boolean;
  /** The pane that fills the tab for now. */
  zoomed: string | null;
}

export interface Layout {
  tabs: Tab[];
  current: string | null;
}

export const EMPTY: Layout = { tabs: [], current: null };
export const LEAST_SHARE = 0.08;
export const MOST_PANES = 64;

let made = 0;
export const newId = (): string => `${Date.now().toString(36)}-${(made++).toString(36)}`;

export const newPane = (hostId: number, given: Partial<Pane> = {}): Pane => ({
  kind: "pane",
  id: newId(),
  hostId,
  sessionId: null,
  joined: true,
  ask: { kind: "shell" },
  ...given,
});

export const panesOf = (node: Node): Pane[] => (node.kind === "pane" ? [node] : node.parts.flatMap(panesOf));
export const allPanes = (layout: Layout): Pane[] => layout.tabs.flatMap((tab) => panesOf(tab.node));
export const tabOf = (layout: Layout, paneId: string): Tab | undefined =>
  layout.tabs.find((tab) => panesOf(tab.node).some((pane) => pane.id === paneId));
export const currentTab = (layout: Layout): Tab | undefined => layout.tabs.find((tab) => tab.id === layout.current);

const even = (count: number): number[] => Array.from({ length: count }, () => 1 / count);
const newTab = (node: Node, broadcast = false): Tab => ({
  id: newId(),
  node,
  active: (panesOf(node)[0] as Pane).id,
  broadcast,
  zoomed: null,
});

/** A new tab with this pane, in front. */
export function addTab(layout: Layout, pane: Pane): Layout {
  const tab = newTab(pane);
  return { tabs: [...layout.tabs, tab], current: tab.id };
}

/** A new tab with all of these in a grid, typing to all of them; `most` stand side by side. */
export function addGrid(layout: Layout, panes: readonly Pane[], most = panes.length): Layout {
  if (panes.length === 0) return layout;
  const wide = Math.min(most, Math.ceil(Math.sqrt(panes.length)));
  const rows: Node[] = [];
  for (let at = 0; at < panes.length; at += wide) rows.push(joined("row", panes.slice(at, at + wide)));
  const tab = newTab(joined("column", rows), panes.length > 1);
  return { tabs: [...layout.tabs, tab], current: tab.id };
}

function joined(way: Split["way"], parts: readonly Node[]): Node {
  if (parts.length === 1) return parts[0] as Node;
  return { kind: "split", id: newId(), way, parts: [...parts], shares: even(parts.length) };
}

/** Puts a pane beside another one, which gives it half of its room. */
export function splitPane(layout: Layout, targetId: string, edge: Edge, pane: Pane): Layout {
  return onTab(layout, targetId, (tab) => ({
    ...tab,
    node: insert(tab.node, targetId, edge, pane),
    active: pane.id,
    zoomed: null,
  }));
}

/** Takes a pane from where it stands and puts it beside another one. */
export function movePane(layout: Layout, paneId: string, targetId: string, edge: Edge): Layout {
  const pane = allPanes(layout).find((one) => one.id === paneId);
  if (!pane || paneId === targetId || !tabOf(layout, targetId)) return layout;
  const moved = splitPane(closePane(layout, paneId), targetId, edge, pane);
  return { ...moved, current: tabOf(moved, paneId)?.id ?? moved.current };
}

/** Takes a pane out of its tab into one of its own. */
export function detachPane(layout: Layout, paneId: string): Layout {
  const pane = allPanes(layout).find((one) => one.id === paneId);
  const tab = tabOf(layout, paneId);
  if (!pane || !tab || tab.node.kind === "pane") return layout;
  return addTab(closePane(layout, paneId), pane);
}

function insert(node: Node, targetId: string, edge: Edge, pane: Pane): Node {
  const way = edge === "left" || edge === "right" ? "row" : "column";
  const before = edge === "left" || edge === "top";
  if (node.kind === "pane") {
    if (node.id !== targetId) return node;
    return joined(way, before ? [pane, node] : [node, pane]);
  }
  const at = node.parts.findIndex((part) => part.kind === "pane" && part.id === targetId);
  if (at < 0 || node.way !== way)
    return { ...node, parts: node.parts.map((part) => insert(part, targetId, edge, pane)) };
  const half = (node.shares[at] as number) / 2;
  const parts = [...node.parts];
  const shares = [...node.shares];
  parts.splice(before ? at : at + 1, 0, pane);
  shares.splice(at, 1, half, half);
  return { ...node, parts, shares };
}

/** Without the pane; a tab that has no other goes too, and its neighbour comes to the front. */
export function closePane(layout: Layout, paneId: string): Layout {
  const tab = tabOf(layout, paneId);
  if (!tab) return layout;
  const node = without(tab.node, paneId);
  if (node === null) return closeTab(layout, tab.id);
  const active = tab.active === paneId ? (panesOf(node)[0] as Pane).id : tab.active;
  const zoomed = tab.zoomed === paneId ? null : tab.zoomed;
  return replaceTab(layout, { ...tab, node, active, zoomed });
}

export function closeTab(layout: Layout, tabId: string): Layout {
  const at = layout.tabs.findIndex((tab) => tab.id === tabId);
  if (at < 0) return layout;
  const tabs = layout.tabs.filter((tab) => tab.id !== tabId);
  const next = layout.current === tabId ? (tabs[Math.min(at, tabs.length - 1)]?.id ?? null) : layout.current;
  return { tabs, current: next };
}

function without(node: Node, paneId: string): Node | null {
  if (node.kind === "pane") return node.id === paneId ? null : node;
  const kept = node.parts
    .map((part, at) => ({ part: without(part, paneId), share: node.shares[at] as number }))
    .filter((one): one is { part: Node; share: number } => one.part !== null);
  if (kept.length === 0) return null;
  if (kept.length === 1) return (kept[0] as { part: Node }).part;
  const whole = kept.reduce((sum, one) => sum + one.share, 0);
  return { ...node, parts: kept.map((one) => one.part), shares: kept.map((one) => one.share / whole) };
}

/** Moves the edge between a part and the next one by a share of the whole. */
export function resize(layout: Layout, splitId: string, at: number, by: number): Layout {
  const change = (node: Node): Node => {
    if (node.kind === "pane") return node;
    if (node.id !== splitId) return { ...node, parts: node.parts.map(change) };
    const both = (node.shares[at] as number) + (node.shares[at + 1] as number);
    const first = Math.min(both - LEAST_SHARE, Math.max(LEAST_SHARE, (node.shares[at] as number) + by));
    if (both < 2 * LEAST_SHARE) return node;
    return { ...node, shares: node.shares.map((share, i) => (i === at ? first : i === at + 1 ? both - first : share)) };
  };
  return { ...layout, tabs: layout.tabs.map((tab) => ({ ...tab, node: change(tab.node) })) };
}

/** All parts of a split of the same size. */
export function evenOut(layout: Layout, splitId: string): Layout {
  const change = (node: Node): Node => {
    if (node.kind === "pane") return node;
    if (node.id !== splitId) return { ...node, parts: node.parts.map(change) };
    return { ...node, shares: even(node.parts.length) };
  };
  return { ...layout, tabs: layout.tabs.map((tab) => ({ ...tab, node: change(tab.node) })) };
}

export function changePane(layout: Layout, paneId: string, change: Partial<Pane>): Layout {
  const apply = (node: Node): Node =>
    node.kind === "split"
      ? { ...node, parts: node.parts.map(apply) }
      : node.id === paneId
        ? { ...node, ...change }
        : node;
  return onTab(layout, paneId, (tab) => ({ ...tab, node: apply(tab.node) }));
}

/** Gives a pane the keyboard, its tab to the front. */
export function activate(layout: Layout, paneId: string): Layout {
  const tab = tabOf(layout, paneId);
  if (!tab || (tab.active === paneId && layout.current === tab.id)) return layout;
  return { ...replaceTab(layout, { ...tab, active: paneId }), current: tab.id };
}

export function changeTab(layout: Layout, tabId: string, change: Partial<Tab>): Layout {
  return { ...layout, tabs: layout.tabs.map((tab) => (tab.id === tabId ? { ...tab, ...change } : tab)) };
}

/** Puts a tab where another one stands. */
export function moveTab(layout: Layout, tabId: string, toId: string): Layout {
  const tab = layout.tabs.find((one) => one.id === tabId);
  const to = layout.tabs.findIndex((one) => one.id === toId);
  if (!tab || to < 0 || tabId === toId) return layout;
  const tabs = layout.tabs.filter((one) => one.id !== tabId);
  tabs.splice(to, 0, tab);
  return { ...layout, tabs };
}

const replaceTab = (layout: Layout, tab: Tab): Layout => changeTab(layout, tab.id, tab);
function onTab(layout: Layout, paneId: string, change: (tab: Tab) => Tab): Layout {
  const tab = tabOf(layout, paneId);
  return tab ? replaceTab(layout, change(tab)) : layout;
}
