import { useEffect, useRef } from "react";

const WITHIN_MS = 1000;

/** `g` and then a letter goes somewhere. */
export function useGoKeys(go: (key: string) => void): void {
  const latest = useRef(go);
  useEffect(() => {
    latest.current = go;
  });
  useEffect(() => {
    let armed = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey || target.closest("input, textarea, select, [role=dialog]"))
        return;
      if (event.key === "g") armed = event.timeStamp;
      else if (event.timeStamp - armed < WITHIN_MS) {
        armed = Number.NEGATIVE_INFINITY;
        latest.current(event.key);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
