import { useEffect, useRef } from "react";

/** For a strip of tabs that is scrolled sideways: on a phone the chosen one may be beyond the edge. */
export function useChosenInView<T extends HTMLElement = HTMLDivElement>(chosen: unknown): React.RefObject<T | null> {
  const strip = useRef<T>(null);
  useEffect(() => {
    if (chosen === undefined || chosen === null) return;
    const one = strip.current?.querySelector("[aria-selected=true], [data-chosen]");
    one?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [chosen]);
  return strip;
}
