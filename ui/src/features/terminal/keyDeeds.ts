import { notifications } from "@mantine/notifications";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFleet } from "../../live/hooks";
import { copyText } from "./clipboard";
import type { Asked } from "./Dialogs";
import type { Desk, Hooks } from "./desk";
import { linesOf, pasteable } from "./hostile";
import * as layouts from "./layout";
import type { Taste } from "./looks";
import { neighbour } from "./neighbour";

const LONG_PASTE = 5000;

interface Means {
  pick: (where: layouts.Edge | "tab") => void;
  search: (paneId: string) => void;
  ask: (asked: Asked) => void;
  taste: Taste;
}

/** What keys, links, pastes and hosts' copies do on the page. */
export function useKeyDeeds(desk: Desk, { pick, search, ask, taste }: Means): Hooks {
  const { t } = useTranslation();
  const { hosts } = useFleet();
  return useMemo(() => {
    const copyFromHost = async (text: string, hostId: number) => {
      if (!taste.hostCopies || !document.hasFocus() || !(await copyText(text))) return;
      const host = hosts.get(hostId)?.name ?? "";
      notifications.show({ message: t("terminal.hostCopied", { host, count: [...text].length }) });
    };
    return {
      link: (url) => ask({ kind: "link", url }),
      copy: copyFromHost,
      paste: (pane, text) => paste(desk, pane, text, ask),
      selected: (pane) => {
        if (taste.copyOnSelect) copySelection(desk, pane);
      },
      key: (pane, event) => press(desk, pane, event, { pick, search }),
    };
  }, [desk, pick, search, ask, taste, hosts, t]);
}

export function copySelection(desk: Desk, pane: layouts.Pane): boolean {
  const text = desk.of(pane).screen.term.getSelection();
  if (text) copyText(text);
  return text !== "";
}

/** Asks first where the text is long, or where its lines would be run as they come. */
export function paste(desk: Desk, pane: layouts.Pane, given: string, ask: (asked: Asked) => void): void {
  const text = pasteable(given);
  if (text === "") return;
  const takers = desk.takers(pane.id);
  const runs = linesOf(text) > 1 || text.endsWith("\n");
  const bare = takers.some((one) => !desk.of(one).screen.term.modes.bracketedPasteMode);
  if ((runs && bare) || text.length > LONG_PASTE) ask({ kind: "paste", pane, text });
  else desk.paste(takers, () => text);
}

/** True when the key is the page's; what the browser does with it by itself then still happens unless it is held. */
function press(desk: Desk, pane: layouts.Pane, event: KeyboardEvent, means: Pick<Means, "pick" | "search">): boolean {
  if (event.key === "Insert" && event.shiftKey && !event.ctrlKey) return true;
  if (event.altKey && event.shiftKey && !event.ctrlKey) return hold(event, walk(desk, pane, event.key));
  if (!event.ctrlKey || !event.shiftKey || event.altKey) return false;
  const { layout } = desk;
  switch (event.code) {
    case "KeyV":
      return true;
    case "KeyC":
      copySelection(desk, pane);
      return hold(event, true);
    case "KeyF":
      means.search(pane.id);
      return hold(event, true);
    case "KeyE":
      means.pick("right");
      return hold(event, true);
    case "KeyS":
      means.pick("bottom");
      return hold(event, true);
    case "KeyO":
      means.pick("tab");
      return hold(event, true);
    case "KeyZ": {
      const tab = layouts.tabOf(layout, pane.id);
      if (tab) desk.arrange(layouts.changeTab(layout, tab.id, { zoomed: tab.zoomed ? null : pane.id }));
      return hold(event, true);
    }
    case "KeyL":
      document.querySelector<HTMLElement>(`[data-pane="${pane.id}"] [data-leave]`)?.focus();
      return hold(event, true);
    default:
      return false;
  }
}

function hold(event: KeyboardEvent, ours: boolean): boolean {
  if (ours) {
    event.preventDefault();
    event.stopPropagation();
  }
  return ours;
}

/** Alt+Shift and an arrow goes to the pane that lies there; with Page Up or Down to the tab before or after. */
function walk(desk: Desk, pane: layouts.Pane, key: string): boolean {
  const { layout } = desk;
  if (key === "PageUp" || key === "PageDown") {
    const at = layout.tabs.findIndex((tab) => tab.id === layout.current);
    const next = layout.tabs.at((at + (key === "PageUp" ? -1 : 1)) % layout.tabs.length);
    if (next) desk.arrange(layouts.activate(layout, next.active));
    return true;
  }
  if (!key.startsWith("Arrow")) return false;
  const next = neighbour(pane.id, key);
  if (next) desk.arrange(layouts.activate(layout, next));
  return true;
}
