import "@xterm/xterm/css/xterm.css";
import "./terminal.css";
import { VisuallyHidden } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/queries";
import { Rows } from "../../parts/Notices";
import { useTitle } from "../../parts/title";
import { Bench } from "./Bench";
import { Desk, NO_HOOKS } from "./desk";
import { recall } from "./kept";
import * as layouts from "./layout";
import { useTaste } from "./looks";
import { asked, sideBySide, type TerminalSearch } from "./search";

/** Shells on hosts, in tabs and side by side. */
export function TerminalPage() {
  const { t } = useTranslation();
  useTitle(t("nav.terminal"));
  const { data: me } = useMe();
  const { looks } = useTaste();
  const first = useRef(looks);
  const [desk, setDesk] = useState<Desk | null>(null);
  const userId = me?.id;
  useEffect(() => {
    if (userId === undefined) return;
    let made: Desk | null = null;
    let gone = false;
    recall(userId).then(({ layout, release }) => {
      if (gone) return release();
      made = new Desk(userId, layout, first.current, NO_HOOKS, release);
      setDesk(made);
    });
    return () => {
      gone = true;
      made?.dispose();
      setDesk(null);
    };
  }, [userId]);
  useEffect(() => desk?.look(looks), [desk, looks]);
  useRequests(desk);
  useSeenHeight();
  return (
    <div className="terminal-page">
      <VisuallyHidden>
        <h1>{t("nav.terminal")}</h1>
      </VisuallyHidden>
      {desk ? <Bench desk={desk} /> : <Rows count={4} />}
    </div>
  );
}

/** A phone's keyboard lies over the page: the room above it is what there is. */
function useSeenHeight(): void {
  useEffect(() => {
    const seen = window.visualViewport;
    if (!seen) return;
    const root = document.documentElement;
    const write = () => {
      root.style.setProperty("--seen-height", `${seen.height}px`);
      root.toggleAttribute("data-screen-keyboard", innerHeight - seen.height > 120);
    };
    write();
    seen.addEventListener("resize", write);
    return () => {
      seen.removeEventListener("resize", write);
      root.style.removeProperty("--seen-height");
      root.removeAttribute("data-screen-keyboard");
    };
  }, []);
}

/** Opens what the address asks for, once: a reload must not open it again. */
function useRequests(desk: Desk | null): void {
  const search = useSearch({ strict: false }) as TerminalSearch;
  const navigate = useNavigate();
  const { session, host } = search;
  const wanted = JSON.stringify(search);
  const done = useRef("{}");
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is wanted is compared by its words
  useEffect(() => {
    if (!desk || wanted === done.current) return;
    done.current = wanted;
    const panes = asked(search);
    if (session !== undefined) {
      const known = layouts.allPanes(desk.layout).find((pane) => pane.sessionId === session);
      if (known) desk.arrange(layouts.activate(desk.layout, known.id));
      else desk.arrange(layouts.addTab(desk.layout, layouts.newPane(host ?? 0, { sessionId: session })));
    } else if (panes.length > 1) desk.arrange(layouts.addGrid(desk.layout, panes, sideBySide()));
    else if (panes[0]) desk.arrange(layouts.addTab(desk.layout, panes[0]));
    else return;
    navigate({ to: "/terminal", search: {}, replace: true });
  }, [desk, wanted, navigate]);
}
