import type { Schemas } from "../../api/client";

export type Way = Schemas["Edge"];
export type When = Way["when"];
export const WHENS: readonly When[] = ["success", "failure", "always"];

export const NODE = { width: 160, height: 62 } as const;
const GAP = { x: 56, y: 22 } as const;
const MARGIN = 16;
/** What a way takes up where it passes a column of nodes. */
const LANE = 18;
const SWEEPS = 4;

export interface Point {
  x: number;
  y: number;
}
export interface Laid {
  /** Upper left corners, by key. */
  places: ReadonlyMap<string, Point>;
  /** The points of each way, in the order of the ways; nothing for one that leads nowhere. */
  lines: readonly (readonly Point[])[];
  width: number;
  height: number;
}

/** In which column each node stands: behind all that lead to it. Ways in a circle push no further than there are nodes. */
export function columnsOf(keys: readonly string[], ways: readonly Way[]): Map<string, number> {
  const columns = new Map(keys.map((key) => [key, 0]));
  for (let round = 1; round < keys.length; round += 1) {
    let moved = false;
    for (const { from, to } of ways) {
      const least = (columns.get(from) ?? 0) + 1;
      if (!columns.has(from) || (columns.get(to) ?? least) >= least || least >= keys.length) continue;
      columns.set(to, least);
      moved = true;
    }
    if (!moved) break;
  }
  return columns;
}

interface Slot {
  id: string;
  real: boolean;
  before: string[];
  after: string[];
}

/** A layered drawing from left to right: nodes in columns, and lanes for ways that pass some. */
export function laidOut(keys: readonly string[], ways: readonly Way[]): Laid {
  const columns = columnsOf(keys, ways);
  const slots = new Map<string, Slot>(keys.map((id) => [id, { id, real: true, before: [], after: [] }]));
  const grid: string[][] = [];
  const put = (id: string, column: number) => {
    grid[column] ??= [];
    grid[column].push(id);
  };
  for (const key of keys) put(key, columns.get(key) ?? 0);
  const chains = ways.map(({ from, to }, at) => {
    const [first, last] = [columns.get(from), columns.get(to)];
    if (first === undefined || last === undefined) return [];
    const chain = [from];
    for (let column = first + 1; column < last; column += 1) {
      const id = `${at}/${column}`;
      slots.set(id, { id, real: false, before: [], after: [] });
      put(id, column);
      chain.push(id);
    }
    chain.push(to);
    for (let step = 1; step < chain.length; step += 1) {
      slots.get(chain[step - 1] as string)?.after.push(chain[step] as string);
      slots.get(chain[step] as string)?.before.push(chain[step - 1] as string);
    }
    return chain;
  });
  const filled = Array.from(grid, (column) => column ?? []);
  untangle(filled, slots);
  return drawn(filled, slots, keys, chains);
}

/** Puts each near the middle of its neighbours, from left to right and back. */
function untangle(grid: string[][], slots: ReadonlyMap<string, Slot>): void {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forth = sweep % 2 === 0;
    const order = forth ? grid.keys() : [...grid.keys()].reverse();
    for (const at of order) {
      const beside = grid[forth ? at - 1 : at + 1];
      const column = grid[at];
      if (!beside || !column) continue;
      const rank = new Map(beside.map((id, place) => [id, place]));
      const middle = (id: string, place: number) => {
        const slot = slots.get(id);
        const near = ((forth ? slot?.before : slot?.after) ?? []).flatMap((one) => rank.get(one) ?? []);
        return near.length ? near.reduce((sum, one) => sum + one, 0) / near.length : place;
      };
      const wanted = new Map(column.map((id, place) => [id, middle(id, place)]));
      column.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
    }
  }
}

function drawn(
  grid: readonly (readonly string[])[],
  slots: ReadonlyMap<string, Slot>,
  keys: readonly string[],
  chains: readonly (readonly string[])[],
): Laid {
  const tall = (id: string) => (slots.get(id)?.real ? NODE.height : LANE);
  const heights = grid.map((column) => column.reduce((sum, id) => sum + tall(id) + GAP.y, -GAP.y));
  const height = Math.max(NODE.height, ...heights);
  const at = new Map<string, Point>();
  for (const [column, ids] of grid.entries()) {
    let y = MARGIN + (height - (heights[column] ?? 0)) / 2;
    for (const id of ids) {
      at.set(id, { x: MARGIN + column * (NODE.width + GAP.x), y });
      y += tall(id) + GAP.y;
    }
  }
  const lines = chains.map((chain) =>
    chain.flatMap((id, step) => {
      const place = at.get(id);
      if (!place) return [];
      const y = place.y + tall(id) / 2;
      const [left, right] = [
        { x: place.x, y },
        { x: place.x + NODE.width, y },
      ];
      return step === 0 ? [right] : step === chain.length - 1 ? [left] : [left, right];
    }),
  );
  return {
    places: new Map(keys.flatMap((key) => (at.has(key) ? [[key, at.get(key) as Point]] : []))),
    lines,
    width: 2 * MARGIN + grid.length * (NODE.width + GAP.x) - GAP.x,
    height: height + 2 * MARGIN,
  };
}

/** The way as an SVG path, bent between columns and straight beside nodes. */
export function pathOf(points: readonly Point[]): string {
  return points
    .map(({ x, y }, place) => {
      const before = points[place - 1];
      if (!before) return `M${x} ${y}`;
      const half = (before.x + x) / 2;
      return before.y === y ? `L${x} ${y}` : `C${half} ${before.y} ${half} ${y} ${x} ${y}`;
    })
    .join(" ");
}

/** Is the node one of those that lead to themselves? */
export function inCircle(key: string, ways: readonly Way[]): boolean {
  const seen = new Set<string>();
  const next = ways.filter((one) => one.from === key).map((one) => one.to);
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (one === key) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    for (const way of ways) if (way.from === one) next.push(way.to);
  }
  return false;
}

/** Where an arrow key leads from a node: along a way, or up and down its column. */
export function neighbour(key: string, arrow: string, laid: Laid, ways: readonly Way[]): string | undefined {
  if (arrow === "ArrowRight") return ways.find((one) => one.from === key)?.to;
  if (arrow === "ArrowLeft") return ways.find((one) => one.to === key)?.from;
  const here = laid.places.get(key);
  if (!here || (arrow !== "ArrowUp" && arrow !== "ArrowDown")) return undefined;
  const up = arrow === "ArrowUp";
  const column = [...laid.places].filter(([, one]) => one.x === here.x && (up ? one.y < here.y : one.y > here.y));
  column.sort(([, a], [, b]) => (up ? b.y - a.y : a.y - b.y));
  return column[0]?.[0];
}
