import type { DragEvent } from "react";
import { allPanes, type Edge, type Layout, panesOf } from "./layout";

const PANE = "application/x-moorline-pane";
const TAB = "application/x-moorline-tab";

export function dragPane(event: DragEvent, paneId: string): void {
  event.dataTransfer.setData(PANE, paneId);
  event.dataTransfer.effectAllowed = "move";
}

export function dragTab(event: DragEvent, tabId: string): void {
  event.dataTransfer.setData(TAB, tabId);
  event.dataTransfer.effectAllowed = "move";
}

export const isDragged = (event: DragEvent): boolean =>
  event.dataTransfer.types.some((type) => type === PANE || type === TAB);
export const tabDragged = (event: DragEvent): string => event.dataTransfer.getData(TAB);

/** The panes that are being dragged: one, or all of a tab. */
export function dragged(event: DragEvent, layout: Layout): string[] {
  const paneId = event.dataTransfer.getData(PANE);
  const tab = layout.tabs.find((one) => one.id === tabDragged(event));
  const ids = tab ? panesOf(tab.node).map((pane) => pane.id) : [paneId];
  return ids.filter((id) => allPanes(layout).some((pane) => pane.id === id));
}

/** The edge of the element that is nearest to the pointer. */
export function edgeAt(event: DragEvent): Edge {
  const box = event.currentTarget.getBoundingClientRect();
  const x = (event.clientX - box.x) / box.width;
  const y = (event.clientY - box.y) / box.height;
  const far: [Edge, number][] = [
    ["left", x],
    ["right", 1 - x],
    ["top", y],
    ["bottom", 1 - y],
  ];
  return far.reduce((best, one) => (one[1] < best[1] ? one : best))[0];
}
