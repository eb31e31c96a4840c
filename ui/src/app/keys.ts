import { useEffect, useRef } from "react";

const WITHIN_MS = 1000;
const ELSEWHERE = "input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=menu]";

/** Is the key meant for the page, not for a field, a dialog, a menu or the browser? */
export const isForPage = (event: KeyboardEvent): boolean =>
  !event.metaKey && !event.ctrlKey && !event.altKey && !(event.target as HTMLElement).closest?.(ELSEWHERE);

/** Keys of the page, by what they type ("?" wherever it is on the keyboard). A deed that answers false leaves the key alone. */
export function useKeys(deeds: Record<string, (event: KeyboardEvent) => unknown>): void {
  const latest = useRef(deeds);
  useEffect(() => {
    latest.current = deeds;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isForPage(event)) return;
      const deed = latest.current[event.key];
      if (deed && deed(event) !== false) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** `g` and then a letter goes somewhere. */
export function useGoKeys(go: (key: string) => void): void {
  const latest = useRef(go);
  useEffect(() => {
    latest.current = go;
  });
  useEffect(() => {
    let armed = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      if (!isForPage(event)) return;
      if (event.key === "g") armed = event.timeStamp;
      else if (event.timeStamp - armed < WITHIN_MS) {
        armed = Number.NEGATIVE_INFINITY;
        latest.current(event.key);
        event.preventDefault();
      }
    };
    // before the keys of the page, so that a letter after `g` is only that
    addEventListener("keydown", press, true);
    return () => removeEventListener("keydown", press, true);
  }, []);
}
