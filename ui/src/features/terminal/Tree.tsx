import { Fragment, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { BenchWays } from "./Bench";
import * as layouts from "./layout";
import { PaneView } from "./PaneView";

interface TreeProps {
  bench: BenchWays;
  node: layouts.Node;
  tab: layouts.Tab;
}

const STEP = 0.02;

/** Panes side by side and above each other, with edges between them that can be dragged. */
export function Tree({ bench, node, tab }: TreeProps) {
  const box = useRef<HTMLDivElement>(null);
  if (node.kind === "pane") return <PaneView key={node.id} bench={bench} pane={node} tab={tab} />;
  const template = node.shares.map((share) => `minmax(0, ${share}fr)`).join(" 5px ");
  const style = node.way === "row" ? { gridTemplateColumns: template } : { gridTemplateRows: template };
  return (
    <div className="terminal-split" data-way={node.way} style={style} ref={box}>
      {node.parts.map((part, at) => (
        <Fragment key={part.id}>
          {at > 0 && <Separator bench={bench} split={node} at={at - 1} box={box} />}
          <Tree bench={bench} node={part} tab={tab} />
        </Fragment>
      ))}
    </div>
  );
}

interface SeparatorProps {
  bench: BenchWays;
  split: layouts.Split;
  at: number;
  box: React.RefObject<HTMLDivElement | null>;
}

function Separator({ bench: { desk }, split, at, box }: SeparatorProps) {
  const { t } = useTranslation();
  const row = split.way === "row";
  const move = (by: number) => desk.arrange(layouts.resize(desk.layout, split.id, at, by));
  const drag = (event: React.PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
    const whole = row ? box.current.clientWidth : box.current.clientHeight;
    const by = (row ? event.movementX : event.movementY) / Math.max(whole, 1);
    if (by) move(by);
  };
  const press = (event: React.KeyboardEvent) => {
    const by = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(by);
  };
  const share = split.shares.slice(0, at + 1).reduce((sum, one) => sum + one, 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      role="separator"
      tabIndex={0}
      className="terminal-edge"
      aria-orientation={row ? "vertical" : "horizontal"}
      aria-label={t("terminal.edge")}
      aria-valuenow={Math.round(share * 100)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
      onDoubleClick={() => desk.arrange(layouts.evenOut(desk.layout, split.id))}
    />
  );
}
