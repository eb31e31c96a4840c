const WAYS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The pane that lies nearest in the direction of an arrow key. */
export function neighbour(paneId: string, key: string): string | null {
  const way = WAYS[key];
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")];
  const own = panes.find((pane) => pane.dataset.pane === paneId);
  if (!way || !own) return null;
  const from = middle(own);
  let best: { id: string; far: number } | null = null;
  for (const pane of panes) {
    if (pane === own) continue;
    const to = middle(pane);
    const along = (to.x - from.x) * way[0] + (to.y - from.y) * way[1];
    const aside = Math.abs((to.x - from.x) * way[1]) + Math.abs((to.y - from.y) * way[0]);
    const far = along + 2 * aside;
    if (along > 1 && aside <= along * 4 && (!best || far < best.far)) best = { id: pane.dataset.pane as string, far };
  }
  return best?.id ?? null;
}

function middle(element: HTMLElement): { x: number; y: number } {
  const box = element.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
