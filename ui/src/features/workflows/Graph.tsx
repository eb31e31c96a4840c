import { VisuallyHidden } from "@mantine/core";
import { IconUserCheck } from "@tabler/icons-react";
import { type KeyboardEvent, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { laidOut, NODE, neighbour, type Point, pathOf, type Way, type When } from "./graph";
import { colorOfNode, NodeMark } from "./states";
import type { NodeState } from "./types";

export interface GraphNode {
  key: string;
  kind: string;
  title: string;
  /** The second line. */
  note: string;
  converge: string;
  state?: NodeState;
  /** What is wrong with it; it is marked and says so. */
  fault?: string;
}

interface GraphProps {
  label: string;
  nodes: readonly GraphNode[];
  ways: readonly Way[];
  chosen?: string | null;
  /** A node was pressed. */
  onOpen: (key: string) => void;
  /** Delete was pressed on a node. */
  onDrop?: (key: string) => void;
}

/** Nodes and the ways between them, from left to right. Arrow keys walk along the ways. */
export function Graph({ label, nodes, ways, chosen, onOpen, onDrop }: GraphProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLElement>(null);
  const laid = useMemo(() => {
    return laidOut(
      nodes.map((one) => one.key),
      ways,
    );
  }, [nodes, ways]);
  const titles = new Map(nodes.map((one) => [one.key, one.title]));
  const press = (event: KeyboardEvent, key: string) => {
    if (event.key === "Delete" && onDrop) onDrop(key);
    else {
      const next = neighbour(key, event.key, laid, ways);
      const place = nodes.findIndex((one) => one.key === next);
      if (place < 0) return;
      box.current?.querySelectorAll<HTMLElement>(".flow-node")[place]?.focus();
    }
    event.preventDefault();
  };
  return (
    <section className="card flow-box" aria-label={label} ref={box}>
      <div className="flow-plane" style={{ width: laid.width, height: laid.height }}>
        <Ways ways={ways} lines={laid.lines} width={laid.width} height={laid.height} />
        <ol className="flow-nodes">
          {nodes.map((node) => {
            const place = laid.places.get(node.key);
            const before = ways
              .filter((one) => one.to === node.key)
              .map((one) => t(`workflow.after.${one.when}`, { name: titles.get(one.from) ?? one.from }));
            return (
              <li key={node.key} style={{ left: place?.x, top: place?.y, width: NODE.width, height: NODE.height }}>
                <NodeBox
                  node={node}
                  before={before.join(", ")}
                  joins={before.length > 1}
                  chosen={chosen === undefined ? undefined : node.key === chosen}
                  onOpen={() => onOpen(node.key)}
                  onKey={(event) => press(event, node.key)}
                />
              </li>
            );
          })}
        </ol>
      </div>
    </section>
  );
}

interface NodeBoxProps {
  node: GraphNode;
  before: string;
  joins: boolean;
  /** Nothing where none can be. */
  chosen: boolean | undefined;
  onOpen: () => void;
  onKey: (event: KeyboardEvent) => void;
}

function NodeBox({ node, before, joins, chosen, onOpen, onKey }: NodeBoxProps) {
  const { t } = useTranslation();
  const state = node.state && t(`workflowNode.state.${node.state}`);
  return (
    <button
      type="button"
      className="flow-node"
      data-flow-node={node.title}
      data-node-state={node.state}
      data-faulty={node.fault !== undefined || undefined}
      data-chosen={chosen || undefined}
      aria-pressed={chosen}
      title={node.fault === undefined ? node.title : `${node.title}: ${node.fault}`}
      style={node.state && { borderInlineStartColor: colorOfNode(node.state) }}
      onClick={onOpen}
      onKeyDown={onKey}
    >
      <span className="flow-title">
        {node.state ? <NodeMark state={node.state} /> : node.kind === "approval" && <IconUserCheck size={14} />}
        <span>{node.title}</span>
      </span>
      <span className="flow-note">
        {node.fault ?? state ?? node.note}
        {joins && <span className="flow-join">{t(`workflow.join.${node.converge === "all" ? "all" : "any"}`)}</span>}
      </span>
      {before && <VisuallyHidden>{before}</VisuallyHidden>}
    </button>
  );
}

/** Each kind of way has its colour, its stroke and its sign. */
export const SIGNS: Readonly<Record<When, string>> = { success: "✓", failure: "✕", always: "∗" };

interface WaysProps {
  ways: readonly Way[];
  lines: readonly (readonly Point[])[];
  width: number;
  height: number;
}

function Ways({ ways, lines, width, height }: WaysProps) {
  return (
    <svg width={width} height={height} className="flow-ways" aria-hidden="true">
      {ways.map(({ from, to, when }, place) => {
        const points = lines[place] ?? [];
        const [first, second, end] = [points[0], points[1], points.at(-1)];
        if (!first || !second || !end) return null;
        const sign = { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 };
        return (
          <g key={`${from} ${to}`} data-when={when}>
            <path d={pathOf(points)} />
            <path className="flow-tip" d={`M${end.x - 8} ${end.y - 5}L${end.x} ${end.y}L${end.x - 8} ${end.y + 5}Z`} />
            <circle cx={sign.x} cy={sign.y} r="9" />
            <text x={sign.x} y={sign.y + 4}>
              {SIGNS[when]}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** What the signs mean. */
export function Legend() {
  const { t } = useTranslation();
  return (
    <div className="flow-legend">
      {(Object.keys(SIGNS) as When[]).map((when) => (
        <span key={when} data-when={when}>
          <b aria-hidden>{SIGNS[when]}</b> {t(`workflow.when.${when}`)}
        </span>
      ))}
    </div>
  );
}
