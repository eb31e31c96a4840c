import { useEffect, useRef, useState } from "react";

const KEPT = 100;
/** What is typed in one go is taken back in one go. */
const TOGETHER_MS = 1000;

interface Kept<T> {
  past: readonly T[];
  now: T;
  future: readonly T[];
  what: string;
  at: number;
}

export interface History<T> {
  now: T;
  /** `what`: names the field that is being typed in; changes of the same one belong together. */
  put: (next: T, what?: string) => void;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
}

/** A value whose changes can be taken back, and made again. */
export function useHistory<T>(first: T): History<T> {
  const [kept, setKept] = useState<Kept<T>>({ past: [], now: first, future: [], what: "", at: 0 });
  return {
    now: kept.now,
    put: (next, what = "") =>
      setKept((before) => {
        const at = Date.now();
        const together = what !== "" && what === before.what && at - before.at < TOGETHER_MS;
        const past = together ? before.past : [...before.past, before.now].slice(-KEPT);
        return { past, now: next, future: [], what, at };
      }),
    undo: () =>
      setKept((before) => {
        const last = before.past.at(-1);
        if (last === undefined) return before;
        return { past: before.past.slice(0, -1), now: last, future: [before.now, ...before.future], what: "", at: 0 };
      }),
    redo: () =>
      setKept((before) => {
        const [next, ...future] = before.future;
        if (next === undefined) return before;
        return { past: [...before.past, before.now], now: next, future, what: "", at: 0 };
      }),
    canUndo: kept.past.length > 0,
    canRedo: kept.future.length > 0,
  };
}

/** Ctrl or Cmd with Z takes a change back, with Shift makes it again; in a field these keys are the field's own. */
export function useUndoKeys<T>(history: History<T>): void {
  const latest = useRef(history);
  useEffect(() => {
    latest.current = history;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const inField = (event.target as HTMLElement).closest?.("input, textarea, [contenteditable], [role=dialog]");
      if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "z" || inField) return;
      event.preventDefault();
      if (event.shiftKey) latest.current.redo();
      else latest.current.undo();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
