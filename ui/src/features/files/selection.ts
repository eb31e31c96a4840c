/** Which entries are chosen, where the keyboard stands, and from where a range is drawn. */
export interface Selection {
  chosen: ReadonlySet<string>;
  cursor: string | null;
  anchor: string | null;
}

export const NOTHING: Selection = { chosen: new Set(), cursor: null, anchor: null };

export interface Held {
  ctrl?: boolean;
  shift?: boolean;
}

/** A click on an entry: alone it is the only one, with Ctrl it joins or leaves, with Shift all from the anchor to it. */
export function pick(order: readonly string[], before: Selection, id: string, held: Held = {}): Selection {
  if (held.shift && before.anchor !== null) {
    const range = between(order, before.anchor, id);
    const chosen = held.ctrl ? new Set([...before.chosen, ...range]) : new Set(range);
    return { chosen, cursor: id, anchor: before.anchor };
  }
  if (held.ctrl) return toggle(before, id);
  return { chosen: new Set([id]), cursor: id, anchor: id };
}

/** An entry joins the chosen ones or leaves them. */
export function toggle(before: Selection, id: string): Selection {
  const chosen = new Set(before.chosen);
  if (!chosen.delete(id)) chosen.add(id);
  return { chosen, cursor: id, anchor: id };
}

/** The keyboard goes to another place; with Shift what lies between is chosen, with Ctrl nothing changes but the cursor. */
export function walk(order: readonly string[], before: Selection, place: number, held: Held = {}): Selection {
  const id = order[Math.max(0, Math.min(order.length - 1, place))];
  if (id === undefined) return before;
  if (held.ctrl) return { ...before, cursor: id };
  if (held.shift) return pick(order, { ...before, anchor: before.anchor ?? before.cursor ?? id }, id, { shift: true });
  return pick(order, before, id);
}

export function all(order: readonly string[], before: Selection): Selection {
  return { ...before, chosen: new Set(order) };
}

/** Without what is no longer there. */
export function kept(order: readonly string[], before: Selection): Selection {
  const there = new Set(order);
  const chosen = [...before.chosen].filter((id) => there.has(id));
  const gone = (id: string | null) => id !== null && !there.has(id);
  if (chosen.length === before.chosen.size && !gone(before.cursor) && !gone(before.anchor)) return before;
  return {
    chosen: new Set(chosen),
    cursor: gone(before.cursor) ? null : before.cursor,
    anchor: gone(before.anchor) ? null : before.anchor,
  };
}

function between(order: readonly string[], from: string, to: string): readonly string[] {
  const a = order.indexOf(from);
  const b = order.indexOf(to);
  if (a < 0 || b < 0) return [to];
  return order.slice(Math.min(a, b), Math.max(a, b) + 1);
}
