import { useHotkeys } from "@mantine/hooks";
import { useEffect, useMemo, useState } from "react";
import { useMay } from "../../api/queries";
import { BroadcastBar } from "./BroadcastBar";
import { type Asked, Dialogs } from "./Dialogs";
import type { Desk } from "./desk";
import { HostPicker } from "./HostPicker";
import { useLayout } from "./hooks";
import { KeyBar } from "./KeyBar";
import { useKeyDeeds } from "./keyDeeds";
import { useKeepLayout } from "./lastLayout";
import * as layouts from "./layout";
import { useTaste } from "./looks";
import { NothingOpen } from "./NothingOpen";
import { SessionsDrawer } from "./SessionsDrawer";
import { sideBySide } from "./search";
import { TabStrip } from "./TabStrip";
import { Tree } from "./Tree";

/** Tabs, the panes of the one in front, and what can be done with them. */
export function Bench({ desk }: { desk: Desk }) {
  const may = useMay();
  const layout = useLayout(desk);
  const { taste, change } = useTaste();
  useKeepLayout(desk);
  const [dialog, setDialog] = useState<Asked | null>(null);
  const [picking, setPicking] = useState<layouts.Edge | "tab" | null>(null);
  const [listing, setListing] = useState(false);
  const [searching, setSearching] = useState<string | null>(null);
  const tab = layouts.currentTab(layout);
  const active = tab && desk.pane(tab.active);
  const deeds = useKeyDeeds(desk, { pick: setPicking, search: setSearching, ask: setDialog, taste });
  useEffect(() => {
    desk.hooks = deeds;
  }, [desk, deeds]);
  useHotkeys([["ctrl+shift+O", () => setPicking("tab")]], [], true);
  const bench = useMemo(
    () => ({ desk, ask: setDialog, pick: setPicking, search: setSearching, searching, taste, change }),
    [desk, searching, taste, change],
  );
  const open = (hostIds: number[], ask: layouts.Ask) => {
    const panes = hostIds.map((id) => layouts.newPane(id, { ask }));
    const [first] = panes;
    if (!first) return;
    if (panes.length > 1) desk.arrange(layouts.addGrid(layout, panes, sideBySide()));
    else if (picking === "tab" || !tab) desk.arrange(layouts.addTab(layout, first));
    else desk.arrange(layouts.splitPane(layout, tab.active, picking ?? "right", first));
    setPicking(null);
  };
  const leave = () => {
    setPicking(null);
    if (active) desk.of(active).screen.term.focus();
  };
  return (
    <>
      <TabStrip bench={bench} layout={layout} onSessions={() => setListing(true)} />
      {tab ? (
        <div className="terminal-tab" key={tab.id}>
          <Tree bench={bench} node={zoomed(tab)} tab={tab} />
        </div>
      ) : (
        <NothingOpen
          onPick={() => setPicking("tab")}
          onSessions={() => setListing(true)}
          onLast={(last) => desk.arrange(last)}
          mayOpen={may("terminals.open")}
        />
      )}
      {tab?.broadcast && <BroadcastBar desk={desk} tab={tab} />}
      {active && <KeyBar desk={desk} pane={active} />}
      {picking && <HostPicker onClose={leave} onPick={open} />}
      {listing && <SessionsDrawer desk={desk} onClose={() => setListing(false)} />}
      {dialog && <Dialogs bench={bench} asked={dialog} onClose={() => setDialog(null)} />}
    </>
  );
}

export interface BenchWays {
  desk: Desk;
  ask: (asked: Asked | null) => void;
  pick: (where: layouts.Edge | "tab") => void;
  search: (paneId: string | null) => void;
  /** The pane whose buffer is searched. */
  searching: string | null;
  taste: ReturnType<typeof useTaste>["taste"];
  change: ReturnType<typeof useTaste>["change"];
}

function zoomed(tab: layouts.Tab): layouts.Node {
  return layouts.panesOf(tab.node).find((pane) => pane.id === tab.zoomed) ?? tab.node;
}
