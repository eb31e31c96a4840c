import { useEffect, useMemo, useRef } from "react";
import { usePreferences } from "../../app/preferences";
import type { Desk } from "./desk";
import { asLayout } from "./kept";
import { allPanes, changePane, type Layout } from "./layout";

const SETTLED_MS = 3000;

/** Keeps the layout with the account once it has settled, so that another browser can offer it. */
export function useKeepLayout(desk: Desk): void {
  const { kept, keep } = usePreferences();
  const known = shapeOf(asLayout(kept.terminalLayout));
  const latest = useRef({ keep, known });
  useEffect(() => {
    latest.current = { keep, known };
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const { layout } = desk;
        if (shapeOf(layout) !== latest.current.known) latest.current.keep({ terminalLayout: { ...layout } });
      }, SETTLED_MS);
    };
    const drop = desk.subscribe(settle);
    if (desk.layout.tabs.length > 0) settle(); // a reload may have come before it had settled
    return () => {
      clearTimeout(timer);
      drop();
    };
  }, [desk]);
}

/** What another browser showed last; of its sessions only those that go on, the others are opened anew. */
export function useLastLayout(running: ReadonlySet<string>): Layout {
  const { kept } = usePreferences();
  return useMemo(() => {
    const last = asLayout(kept.terminalLayout);
    const gone = allPanes(last).filter(({ sessionId }) => sessionId !== null && !running.has(sessionId));
    return gone.reduce((layout, { id }) => changePane(layout, id, { sessionId: null }), last);
  }, [kept.terminalLayout, running]);
}

/** What is worth keeping of a layout: not where the keyboard is. */
const shapeOf = (layout: Layout): string => JSON.stringify(layout.tabs.map(({ id, node }) => [id, node]));
