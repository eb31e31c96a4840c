import { ActionIcon, Text, Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconBroadcast,
  IconDots,
  IconEye,
  IconLayoutColumns,
  IconLayoutRows,
  IconMaximize,
  IconMinimize,
  IconPlayerRecordFilled,
  IconUsers,
  IconX,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { StateMark } from "../../parts/StateBadge";
import type { BenchWays } from "./Bench";
import { CloseMenu } from "./CloseMenu";
import { dragPane } from "./drag";
import { useHost } from "./hooks";
import { Latency } from "./Latency";
import * as layouts from "./layout";
import { RunMark } from "./RunMark";
import type { View } from "./view";

interface HeadProps {
  bench: BenchWays;
  pane: layouts.Pane;
  tab: layouts.Tab;
  view: View;
  name: string;
}

const ICON = { size: 14, stroke: 1.6 };

/** Which host it is, how the way there is, and what can be done with the pane. */
export function PaneHead({ bench, pane, tab, view, name }: HeadProps) {
  const { t } = useTranslation();
  const { desk, ask, pick } = bench;
  const host = useHost(pane.hostId);
  const alone = tab.node.kind === "pane";
  const zoomed = tab.zoomed === pane.id;
  const others = view.people.length - 1;
  const split = (edge: layouts.Edge) => {
    desk.arrange(layouts.activate(desk.layout, pane.id));
    pick(edge);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dragging is offered in the pane's menu as well
    <div className="terminal-head" draggable onDragStart={(event) => dragPane(event, pane.id)}>
      {host && <StateMark state={host.state} size={10} />}
      <Text span size="xs" fw={600} truncate className="terminal-name">
        {name}
      </Text>
      {pane.ask.kind === "root" && (
        <Text span size="xs" c="var(--state-warn)" fw={600}>
          {t("terminal.root")}
        </Text>
      )}
      <Text span size="xs" c="dimmed" truncate className="terminal-title" title={view.title}>
        {view.title}
      </Text>
      <RunMark run={view.run} tab={tab} desk={desk} paneId={pane.id} />
      {!view.write && <Sign icon={<IconEye {...ICON} />} label={t("terminal.watching")} />}
      {view.session?.recorded && (
        <Sign icon={<IconPlayerRecordFilled size={12} color="var(--state-bad)" />} label={t("terminal.recorded")} />
      )}
      {others > 0 && <Sign icon={<IconUsers {...ICON} />} label={t("terminal.others", { count: others })} />}
      {view.skipped > 0 && (
        <Sign
          icon={<IconAlertTriangle {...ICON} color="var(--state-warn)" />}
          label={t("terminal.skipped", { mib: (view.skipped / 1024 ** 2).toFixed(1) })}
        />
      )}
      <Latency ms={view.latencyMs} phase={view.phase} />
      {tab.broadcast && (
        <Act
          label={t(pane.joined ? "terminal.dropOut" : "terminal.takeIn", { name })}
          pressed={pane.joined}
          onClick={() => desk.arrange(layouts.changePane(desk.layout, pane.id, { joined: !pane.joined }))}
        >
          <IconBroadcast {...ICON} color={pane.joined ? "var(--state-warn)" : undefined} />
        </Act>
      )}
      <span className="wide-only terminal-acts">
        <Act label={t("terminal.splitRight")} onClick={() => split("right")}>
          <IconLayoutColumns {...ICON} />
        </Act>
        <Act label={t("terminal.splitBelow")} onClick={() => split("bottom")}>
          <IconLayoutRows {...ICON} />
        </Act>
        {!alone && (
          <Act
            label={t(zoomed ? "terminal.unzoom" : "terminal.zoom")}
            onClick={() => desk.arrange(layouts.changeTab(desk.layout, tab.id, { zoomed: zoomed ? null : pane.id }))}
          >
            {zoomed ? <IconMinimize {...ICON} /> : <IconMaximize {...ICON} />}
          </Act>
        )}
      </span>
      <Act
        leave
        label={t("terminal.more", { name })}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          ask({ kind: "menu", pane, x: box.left, y: box.bottom });
        }}
      >
        <IconDots {...ICON} />
      </Act>
      <CloseMenu desk={desk} panes={[pane]} name={name}>
        <IconX {...ICON} />
      </CloseMenu>
    </div>
  );
}

interface ActProps {
  label: string;
  pressed?: boolean;
  /** Where the keyboard goes when it leaves the terminal. */
  leave?: boolean;
  onClick: (event: React.MouseEvent<HTMLElement>) => void;
  children: ReactNode;
}

export function Act({ label, pressed, leave, onClick, children }: ActProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={24}
        aria-label={label}
        aria-pressed={pressed}
        data-leave={leave || undefined}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function Sign({ icon, label }: { icon: ReactNode; label: string }) {
  return (
    <Tooltip label={label}>
      <span className="terminal-sign" role="img" aria-label={label}>
        {icon}
      </span>
    </Tooltip>
  );
}
