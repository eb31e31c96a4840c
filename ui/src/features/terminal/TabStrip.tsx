import { ActionIcon, Group, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconBroadcast, IconList, IconPlus, IconVideo, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { useChosenInView } from "../../parts/chosen";
import type { BenchWays } from "./Bench";
import { CloseMenu } from "./CloseMenu";
import { dragged, dragTab, isDragged, tabDragged } from "./drag";
import { useNames, useView } from "./hooks";
import * as layouts from "./layout";
import { Settings } from "./Settings";
import { SnippetMenu } from "./SnippetMenu";

interface StripProps {
  bench: BenchWays;
  layout: layouts.Layout;
  onSessions: () => void;
}

const ICON = { size: 16, stroke: 1.6 };

/** The tabs, and what concerns all of them. */
export function TabStrip({ bench, layout, onSessions }: StripProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { desk, pick } = bench;
  const tab = layouts.currentTab(layout);
  const strip = useChosenInView<HTMLElement>(layout.current);
  const many = tab !== undefined && layouts.panesOf(tab.node).length > 1;
  return (
    <div className="terminal-bar terminal-strip">
      <nav className="terminal-tabs" ref={strip} aria-label={t("terminal.tabs")}>
        {layout.tabs.map((one) => (
          <Tab key={one.id} bench={bench} tab={one} layout={layout} />
        ))}
      </nav>
      <Group gap={2} wrap="nowrap">
        {may("terminals.open") && (
          <Button label={t("terminal.new")} onClick={() => pick("tab")}>
            <IconPlus {...ICON} />
          </Button>
        )}
        {tab && may("terminals.open") && <SnippetMenu bench={bench} tab={tab} />}
        {tab && many && (
          <Button
            label={t("terminal.broadcast")}
            pressed={tab.broadcast}
            onClick={() => desk.arrange(layouts.changeTab(layout, tab.id, { broadcast: !tab.broadcast }))}
          >
            <IconBroadcast {...ICON} />
          </Button>
        )}
        <Button label={t("terminal.sessions")} onClick={onSessions}>
          <IconList {...ICON} />
        </Button>
        {may("recordings.read") && (
          <Tooltip label={t("recording.title")}>
            <ActionIcon
              component={Link}
              to="/recordings"
              variant="subtle"
              color="gray"
              aria-label={t("recording.title")}
            >
              <IconVideo {...ICON} />
            </ActionIcon>
          </Tooltip>
        )}
        <Settings bench={bench} />
      </Group>
    </div>
  );
}

interface ButtonProps {
  label: string;
  pressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Button({ label, pressed, onClick, children }: ButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant={pressed ? "light" : "subtle"}
        color={pressed ? "orange" : "gray"}
        aria-label={label}
        aria-pressed={pressed}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function Tab({ bench: { desk }, tab, layout }: { bench: BenchWays; tab: layouts.Tab; layout: layouts.Layout }) {
  const { t } = useTranslation();
  const panes = layouts.panesOf(tab.node);
  const pane = panes.find((one) => one.id === tab.active) ?? (panes[0] as layouts.Pane);
  const view = useView(desk.of(pane));
  const name = useNames()(pane, view);
  const label = panes.length > 1 ? t("terminal.andMore", { name, count: panes.length - 1 }) : name;
  const chosen = layout.current === tab.id;
  const drop = (event: React.DragEvent) => {
    const id = tabDragged(event);
    if (id) desk.arrange(layouts.moveTab(desk.layout, id, tab.id));
    else for (const one of dragged(event, desk.layout)) desk.arrange(layouts.detachPane(desk.layout, one));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: tabs are ordered by dragging, reached by keyboard
    <div
      className="terminal-tab-head"
      data-chosen={chosen || undefined}
      draggable
      onDragStart={(event) => dragTab(event, tab.id)}
      onDragOver={(event) => isDragged(event) && event.preventDefault()}
      onDrop={drop}
      onAuxClick={(event) => event.button === 1 && desk.arrange(layouts.closeTab(desk.layout, tab.id))}
    >
      <UnstyledButton
        aria-current={chosen ? "page" : undefined}
        title={view.title || label}
        onClick={() => desk.arrange(layouts.activate(layout, tab.active))}
      >
        <Text span size="sm" truncate fw={chosen ? 600 : 400}>
          {view.phase === "over" ? "· " : ""}
          {label}
        </Text>
      </UnstyledButton>
      <CloseMenu desk={desk} panes={panes} name={label}>
        <IconX size={13} />
      </CloseMenu>
    </div>
  );
}
