import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Banner } from "./Banner";
import type { BenchWays } from "./Bench";
import { dragged, edgeAt, isDragged } from "./drag";
import { useNames, useView } from "./hooks";
import * as layouts from "./layout";
import { LARGEST, SMALLEST } from "./looks";
import { PaneHead } from "./PaneHead";
import { PromptForm } from "./PromptForm";
import { SearchBar } from "./SearchBar";

interface PaneProps {
  bench: BenchWays;
  pane: layouts.Pane;
  tab: layouts.Tab;
}

/** One terminal: its head, its screen, and what stands in its way. */
export function PaneView({ bench, pane, tab }: PaneProps) {
  const { desk } = bench;
  const attachment = desk.of(pane);
  const view = useView(attachment);
  const name = useNames()(pane, view);
  const holder = useRef<HTMLDivElement>(null);
  const active = tab.active === pane.id;
  useScreen(bench, pane, active, holder);
  const [edge, setEdge] = useState<layouts.Edge | null>(null);
  const taken = tab.broadcast && pane.joined;
  return (
    <section
      className="terminal-pane"
      data-pane={pane.id}
      data-phase={view.phase}
      data-active={active || undefined}
      data-taken={taken || undefined}
      aria-label={name}
      onFocus={() => desk.arrange(layouts.activate(desk.layout, pane.id))}
      onDragOver={(event) => {
        if (!isDragged(event)) return;
        event.preventDefault();
        setEdge(edgeAt(event));
      }}
      onDragLeave={() => setEdge(null)}
      onDrop={(event) => {
        setEdge(null);
        for (const id of dragged(event, desk.layout))
          desk.arrange(layouts.movePane(desk.layout, id, pane.id, edgeAt(event)));
      }}
    >
      <PaneHead bench={bench} pane={pane} tab={tab} view={view} name={name} />
      {bench.searching === pane.id && (
        <SearchBar
          screen={attachment.screen}
          onClose={() => {
            bench.search(null);
            attachment.screen.term.focus();
          }}
        />
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the terminal inside has the keyboard and says what it is */}
      <div className="terminal-holder" ref={holder} onContextMenu={(event) => menu(event, bench, pane)} />
      {view.prompt && <PromptForm attachment={attachment} prompt={view.prompt} />}
      <Banner bench={bench} pane={pane} attachment={attachment} view={view} />
      {edge && <div className="terminal-drop" data-edge={edge} />}
    </section>
  );
}

/** Shows the pane's screen in an element, fitted to it, with the keyboard while the pane is the active one. */
function useScreen(
  { desk, taste, change }: BenchWays,
  pane: layouts.Pane,
  active: boolean,
  holder: React.RefObject<HTMLDivElement | null>,
) {
  const first = useRef(pane);
  const attachment = desk.of(pane);
  useLayoutEffect(() => {
    const parent = holder.current;
    if (!parent) return;
    attachment.screen.attach(parent);
    let frame = 0;
    const watch = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => attachment.fit());
    });
    watch.observe(parent);
    attachment.begin(first.current);
    return () => {
      watch.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [attachment, holder]);
  useEffect(() => {
    if (active && mayTakeFocus()) attachment.screen.term.focus();
  }, [active, attachment]);
  useEffect(() => {
    const parent = holder.current;
    if (!parent) return;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      event.stopPropagation();
      const size = taste.fontSize + (event.deltaY < 0 ? 1 : -1);
      change({ fontSize: Math.min(LARGEST, Math.max(SMALLEST, size)) });
    };
    parent.addEventListener("wheel", wheel, { capture: true, passive: false });
    return () => parent.removeEventListener("wheel", wheel, { capture: true });
  }, [holder, taste.fontSize, change]);
}

/** Not from a field or a dialog that somebody is using. */
function mayTakeFocus(): boolean {
  const now = document.activeElement;
  return !now?.closest("[role=dialog], .terminal-bar, .terminal-edge, input:not(.xterm *)");
}

function menu(event: React.MouseEvent, bench: BenchWays, pane: layouts.Pane): void {
  if (event.shiftKey && !bench.taste.rightPastes) return;
  event.preventDefault();
  if (bench.taste.rightPastes && !event.shiftKey) bench.ask({ kind: "pasteNow", pane });
  else bench.ask({ kind: "menu", pane, x: event.clientX, y: event.clientY });
}
