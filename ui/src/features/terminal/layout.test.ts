import { describe, expect, it } from "vitest";
import { understood } from "./kept";
import {
  activate,
  addGrid,
  addTab,
  allPanes,
  closePane,
  closeTab,
  currentTab,
  detachPane,
  EMPTY,
  type Layout,
  LEAST_SHARE,
  movePane,
  moveTab,
  newPane,
  type Pane,
  panesOf,
  resize,
  type Split,
  splitPane,
  type Tab,
} from "./layout";

const pane = (hostId: number): Pane => newPane(hostId);
const hosts = (tab: Tab | undefined): number[] => (tab ? panesOf(tab.node).map((one) => one.hostId) : []);
const root = (layout: Layout): Split => currentTab(layout)?.node as Split;

describe("layout", () => {
  it("splits beside and above, and shares the room of the pane that is split", () => {
    const [a, b, c] = [pane(1), pane(2), pane(3)];
    let layout = splitPane(addTab(EMPTY, a), a.id, "right", b);
    layout = splitPane(layout, a.id, "left", c);
    expect(hosts(currentTab(layout))).toEqual([3, 1, 2]);
    expect(root(layout).shares).toEqual([0.25, 0.25, 0.5]);
    layout = splitPane(layout, b.id, "bottom", pane(4));
    expect(root(layout).parts[2]).toMatchObject({ kind: "split", way: "column", shares: [0.5, 0.5] });
    expect(currentTab(layout)?.active).toBe(panesOf(root(layout))[3]?.id);
  });

  it("closes panes, gives their room to the others, and ends with its last pane", () => {
    const [a, b, c] = [pane(1), pane(2), pane(3)];
    let layout = splitPane(splitPane(addTab(EMPTY, a), a.id, "right", b), b.id, "right", c);
    layout = closePane(layout, a.id);
    expect(root(layout).shares).toEqual([0.5, 0.5]);
    layout = closePane(layout, c.id);
    expect(currentTab(layout)?.node).toEqual(b);
    expect(currentTab(layout)?.active).toBe(b.id);
    expect(closePane(layout, b.id)).toEqual(EMPTY);
    expect(closePane(EMPTY, "nobody")).toEqual(EMPTY);
  });

  it("moves panes between tabs and out of them, losing none", () => {
    const [a, b, c] = [pane(1), pane(2), pane(3)];
    let layout = addTab(splitPane(addTab(EMPTY, a), a.id, "right", b), c);
    layout = movePane(layout, c.id, a.id, "top");
    expect(layout.tabs).toHaveLength(1);
    expect(hosts(currentTab(layout))).toEqual([3, 1, 2]);
    layout = detachPane(layout, b.id);
    expect(layout.tabs.map(hosts)).toEqual([[3, 1], [2]]);
    expect(hosts(currentTab(layout))).toEqual([2]);
    expect(detachPane(layout, b.id)).toBe(layout);
    expect(movePane(layout, a.id, "nobody", "left")).toBe(layout);
  });

  it("brings a neighbour to the front when a tab is closed, and orders tabs", () => {
    let layout = [1, 2, 3].reduce((all, id) => addTab(all, pane(id)), EMPTY);
    const [one, two, three] = layout.tabs as [Tab, Tab, Tab];
    layout = activate(layout, two.active);
    layout = closeTab(layout, two.id);
    expect(layout.current).toBe(three.id);
    layout = moveTab(layout, three.id, one.id);
    expect(layout.tabs.map((tab) => tab.id)).toEqual([three.id, one.id]);
  });

  it("keeps every part at least so large that it can be seen", () => {
    const a = pane(1);
    let layout = splitPane(addTab(EMPTY, a), a.id, "right", pane(2));
    layout = resize(layout, root(layout).id, 0, 0.9);
    expect(root(layout).shares[1]).toBeCloseTo(LEAST_SHARE);
    layout = resize(layout, root(layout).id, 0, -0.3);
    expect(root(layout).shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1);
    expect(root(layout).shares[0]).toBeCloseTo(0.62);
  });

  it("stands twenty hosts in a grid that types to all", () => {
    const layout = addGrid(
      EMPTY,
      Array.from({ length: 20 }, (_, id) => pane(id)),
    );
    expect(root(layout).parts).toHaveLength(4);
    expect(allPanes(layout)).toHaveLength(20);
    expect(currentTab(layout)?.broadcast).toBe(true);
    expect(addGrid(EMPTY, [])).toBe(EMPTY);
  });
});

describe("what is kept", () => {
  it("comes back as it was", () => {
    const a = pane(1);
    const layout = splitPane(addTab(EMPTY, { ...a, sessionId: "s" }), a.id, "right", pane(2));
    expect(understood(JSON.stringify(layout))).toEqual(layout);
  });

  it.each([
    null,
    "",
    "{",
    "[]",
    "null",
    '{"tabs":1}',
    '{"tabs":[{"node":{"kind":"split","parts":[]}}]}',
    '{"tabs":[{"node":{"kind":"pane","hostId":"1"}}]}',
    '{"tabs":[null,{"node":7}]}',
  ])("is nothing where it cannot be understood: %s", (text) => {
    expect(understood(text)).toEqual(EMPTY);
  });

  it("mends shares, actives and depth that make no sense", () => {
    const parts = [
      { kind: "pane", hostId: 1 },
      { kind: "pane", hostId: 2 },
    ];
    const node = { kind: "split", way: "diagonal", parts, shares: [-1, 2] };
    const layout = understood(JSON.stringify({ tabs: [{ node, active: "gone" }], current: "gone" }));
    expect(root(layout)).toMatchObject({ way: "row", shares: [0.5, 0.5] });
    expect(currentTab(layout)?.active).toBe(panesOf(root(layout))[0]?.id);
    let deep: object = { kind: "pane", hostId: 1 };
    for (let at = 0; at < 40; at++) deep = { kind: "split", parts: [deep, { kind: "pane", hostId: 2 }] };
    expect(allPanes(understood(JSON.stringify({ tabs: [{ node: deep }] }))).length).toBeLessThan(20);
  });
});
