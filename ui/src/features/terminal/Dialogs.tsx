import { Code, Menu, Text } from "@mantine/core";
import {
  IconBroadcast,
  IconClipboard,
  IconCopy,
  IconEraser,
  IconExternalLink,
  IconLayoutColumns,
  IconLayoutRows,
  IconMaximize,
  IconSearch,
  IconSelectAll,
  IconShare,
} from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "../../parts/Confirm";
import type { BenchWays } from "./Bench";
import { readText } from "./clipboard";
import { linesOf } from "./hostile";
import { copySelection, paste } from "./keyDeeds";
import * as layouts from "./layout";
import { ShareModal } from "./ShareModal";

/** Something that is asked, or offered, over the panes. */
export type Asked =
  | { kind: "link"; url: URL }
  | { kind: "paste"; pane: layouts.Pane; text: string }
  | { kind: "pasteNow"; pane: layouts.Pane }
  | { kind: "menu"; pane: layouts.Pane; x: number; y: number }
  | { kind: "share"; pane: layouts.Pane };

interface DialogsProps {
  bench: BenchWays;
  asked: Asked;
  onClose: () => void;
}

const SHOWN_LINES = 12;

export function Dialogs({ bench, asked, onClose }: DialogsProps) {
  const { t } = useTranslation();
  const { desk } = bench;
  switch (asked.kind) {
    case "link":
      return (
        <Confirm
          title={t("terminal.linkTitle", { host: asked.url.hostname })}
          action={t("terminal.linkOpen")}
          harmless
          onClose={onClose}
          onConfirm={async () => {
            window.open(asked.url.href, "_blank", "noopener,noreferrer");
          }}
        >
          {t("terminal.linkText")}
          <Code block className="mono once" mt="xs">
            {asked.url.href}
          </Code>
        </Confirm>
      );
    case "paste": {
      const takers = desk.takers(asked.pane.id);
      const lines = asked.text.split("\n");
      return (
        <Confirm
          title={t("terminal.pasteTitle", { count: linesOf(asked.text) })}
          action={t("terminal.paste")}
          harmless
          onClose={onClose}
          onConfirm={async () => desk.paste(takers, () => asked.text)}
        >
          {t("terminal.pasteText", { count: takers.length })}
          <Code block className="mono once" mt="xs">
            {lines.slice(0, SHOWN_LINES).join("\n")}
            {lines.length > SHOWN_LINES && "\n…"}
          </Code>
        </Confirm>
      );
    }
    case "pasteNow":
      return <PasteNow bench={bench} pane={asked.pane} onClose={onClose} />;
    case "share":
      return <ShareModal desk={desk} pane={asked.pane} onClose={onClose} />;
    default:
      return <PaneMenu bench={bench} pane={asked.pane} x={asked.x} y={asked.y} onClose={onClose} />;
  }
}

/** What the clipboard holds goes where the right button was pressed. */
function PasteNow({ bench, pane, onClose }: { bench: BenchWays; pane: layouts.Pane; onClose: () => void }) {
  useEffect(() => {
    onClose();
    readText().then((text) => text && paste(bench.desk, pane, text, bench.ask));
  }, [bench, pane, onClose]);
  return null;
}

interface MenuProps {
  bench: BenchWays;
  pane: layouts.Pane;
  x: number;
  y: number;
  onClose: () => void;
}

const ICON = { size: 15 };

function PaneMenu({ bench, pane, x, y, onClose }: MenuProps) {
  const { t } = useTranslation();
  const { desk } = bench;
  const { screen, view } = desk.of(pane);
  const tab = layouts.tabOf(desk.layout, pane.id);
  const alone = tab?.node.kind === "pane";
  const selected = screen.term.hasSelection();
  const split = (edge: layouts.Edge) => {
    desk.arrange(layouts.activate(desk.layout, pane.id));
    bench.pick(edge);
  };
  const own = view.session?.access === "owner" && view.phase !== "over";
  return (
    <Menu opened onClose={onClose} position="bottom-start" returnFocus={false}>
      <Menu.Target>
        <span style={{ position: "fixed", left: x, top: y }} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconCopy {...ICON} />}
          rightSection={<Keys>Ctrl+Shift+C</Keys>}
          disabled={!selected}
          onClick={() => copySelection(desk, pane)}
        >
          {t("action.copy")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconClipboard {...ICON} />}
          rightSection={<Keys>Ctrl+Shift+V</Keys>}
          onClick={async () => paste(desk, pane, (await readText()) ?? "", bench.ask)}
        >
          {t("terminal.paste")}
        </Menu.Item>
        <Menu.Item leftSection={<IconSelectAll {...ICON} />} onClick={() => screen.term.selectAll()}>
          {t("terminal.selectAll")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconSearch {...ICON} />}
          rightSection={<Keys>Ctrl+Shift+F</Keys>}
          onClick={() => bench.search(pane.id)}
        >
          {t("terminal.search")}
        </Menu.Item>
        <Menu.Item leftSection={<IconEraser {...ICON} />} onClick={() => screen.term.clear()}>
          {t("terminal.clear")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLayoutColumns {...ICON} />}
          rightSection={<Keys>Ctrl+Shift+E</Keys>}
          onClick={() => split("right")}
        >
          {t("terminal.splitRight")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLayoutRows {...ICON} />}
          rightSection={<Keys>Ctrl+Shift+S</Keys>}
          onClick={() => split("bottom")}
        >
          {t("terminal.splitBelow")}
        </Menu.Item>
        {tab && !alone && (
          <Menu.Item
            leftSection={<IconMaximize {...ICON} />}
            rightSection={<Keys>Ctrl+Shift+Z</Keys>}
            onClick={() =>
              desk.arrange(layouts.changeTab(desk.layout, tab.id, { zoomed: tab.zoomed ? null : pane.id }))
            }
          >
            {t(tab.zoomed ? "terminal.unzoom" : "terminal.zoom")}
          </Menu.Item>
        )}
        {!alone && (
          <Menu.Item
            leftSection={<IconExternalLink {...ICON} />}
            onClick={() => desk.arrange(layouts.detachPane(desk.layout, pane.id))}
          >
            {t("terminal.ownTab")}
          </Menu.Item>
        )}
        {own && (
          <Menu.Item
            closeMenuOnClick={false}
            leftSection={<IconShare {...ICON} />}
            onClick={() => bench.ask({ kind: "share", pane })}
          >
            {t("terminal.share")}
          </Menu.Item>
        )}
        {tab?.broadcast && (
          <Menu.Item
            leftSection={<IconBroadcast {...ICON} />}
            onClick={() => desk.arrange(layouts.changePane(desk.layout, pane.id, { joined: !pane.joined }))}
          >
            {t(pane.joined ? "terminal.drop" : "terminal.take")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Keys({ children }: { children: string }) {
  return (
    <Text span size="xs" c="dimmed" className="wide-only">
      {children}
    </Text>
  );
}
