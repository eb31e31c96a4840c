import { Checkbox, Group, Text, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { OpenTerminal } from "../../parts/OpenTerminal";
import { reasonOf } from "../../parts/reason";
import { COLUMNS, type Column, type Eyes, NAME_WIDTH } from "./columns";
import { HeadCell } from "./HeadCell";
import { Marked } from "./Marked";
import { isTrouble } from "./order";
import { RowMenu } from "./RowMenu";
import { useRowKeys } from "./rowKeys";

const ROW = 37;
const ENDS = 34 + 72;

interface FleetTableProps {
  hosts: readonly Host[];
  hidden: readonly string[];
  widths: Readonly<Record<string, number>>;
  sort: string;
  eyes: Eyes;
  selected: ReadonlySet<number>;
  selectable: boolean;
  onSort: (sort: string) => void;
  onWidths: (widths: Record<string, number>) => void;
  /** Another selection, from the one before: rows are not drawn anew when it changes. */
  onSelect: (change: (before: ReadonlySet<number>) => ReadonlySet<number>) => void;
}

export function FleetTable(props: FleetTableProps) {
  const { hosts, hidden, widths, selected, selectable, eyes, onSelect } = props;
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const box = body.current?.getBoundingClientRect();
    if (box) setTop(box.top + scrollY + ROW);
  }, []);
  const rows = useWindowVirtualizer({
    count: hosts.length,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: top,
    scrollPaddingStart: 48,
    scrollPaddingEnd: 16,
    getItemKey: (place) => hosts[place]?.id ?? place,
  });
  const columns = COLUMNS.filter((column) => !hidden.includes(column.key));
  const widthOf = (column: Column) => widths[column.key] ?? column.width;
  const all = hosts.length > 0 && hosts.every((host) => selected.has(host.id));
  const select = (id: number) =>
    onSelect((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  useRowKeys({ hosts, show: (place) => rows.scrollToIndex(place), select: selectable ? select : undefined });
  return (
    <div className="card scroll-x" ref={body}>
      <table
        className="grid-table fleet-table"
        style={{ minWidth: NAME_WIDTH + ENDS + columns.reduce((sum, column) => sum + widthOf(column), 0) }}
      >
        <thead>
          <tr>
            {selectable && (
              <th style={{ width: 34 }}>
                <Checkbox
                  size="xs"
                  aria-label={t("fleet.selectAll")}
                  checked={all}
                  indeterminate={!all && selected.size > 0}
                  onChange={() => onSelect(() => new Set(all ? [] : hosts.map((host) => host.id)))}
                />
              </th>
            )}
            <HeadCell name="name" sort={props.sort} onSort={props.onSort} />
            {columns.map((column) => (
              <HeadCell
                key={column.key}
                name={column.key}
                unit={column.key === "network" ? (eyes.rates === "bytes" ? "MB/s" : "Mbit/s") : undefined}
                width={widthOf(column)}
                numeric={column.numeric}
                still={!column.sortable}
                sort={props.sort}
                onSort={props.onSort}
                onWidth={(width) => {
                  const { [column.key]: _, ...others } = widths;
                  props.onWidths(width === null ? others : { ...others, [column.key]: width });
                }}
              />
            ))}
            <th style={{ width: 72 }}>
              <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <Body {...{ rows, hosts, columns, selectable, selected, eyes, onSelect: select }} />
      </table>
    </div>
  );
}

interface BodyProps {
  rows: Virtualizer<Window, Element>;
  hosts: readonly Host[];
  columns: readonly Column[];
  selectable: boolean;
  selected: ReadonlySet<number>;
  eyes: Eyes;
  onSelect: (id: number) => void;
}

/** The rows that are in sight, with space for those that are not. */
function Body({ rows, hosts, columns, selectable, selected, eyes, onSelect }: BodyProps) {
  const items = rows.getVirtualItems();
  const margin = rows.options.scrollMargin;
  const before = items[0] ? items[0].start - margin : 0;
  const after = rows.getTotalSize() - ((items.at(-1)?.end ?? margin) - margin);
  const shown = columns.map((column) => column.key).join();
  return (
    <tbody>
      {before > 0 && <Spacer height={before} />}
      {items.map((item) => {
        const host = hosts[item.index];
        return (
          host && (
            <Row
              key={host.id}
              {...{ host, columns, shown, eyes, selectable, onSelect }}
              selected={selected.has(host.id)}
            />
          )
        );
      })}
      {after > 0 && <Spacer height={after} />}
    </tbody>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0, border: 0 }} colSpan={COLUMNS.length + 3} />
    </tr>
  );
}

interface RowProps {
  host: Host;
  columns: readonly Column[];
  /** Their keys: the columns are made anew at every drawing. */
  shown: string;
  eyes: Eyes;
  selected: boolean;
  selectable: boolean;
  onSelect: (id: number) => void;
}

const Row = memo(
  function Row({ host, columns, eyes, selected, selectable, onSelect }: RowProps) {
    const { t } = eyes;
    const troubled = isTrouble(host.state);
    const readings = columns.filter((column) => column.reading);
    return (
      <tr data-host={host.id} data-selected={selected || undefined}>
        {selectable && (
          <td>
            <Checkbox
              size="xs"
              aria-label={t("fleet.select", { name: host.name })}
              checked={selected}
              onChange={() => onSelect(host.id)}
            />
          </td>
        )}
        <td>
          <Link to="/hosts/$hostId" params={{ hostId: String(host.id) }} className="plain-link row-link">
            <Text span size="sm" fw={550} truncate display="block" title={host.name}>
              <Marked text={host.name} words={eyes.words} />
            </Text>
          </Link>
        </td>
        {columns.map((column) => {
          if (troubled && column.reading) {
            if (column !== readings[0]) return null;
            return <Reason key="reason" host={host} eyes={eyes} span={readings.length} />;
          }
          return (
            <td key={column.key} className={column.numeric ? "num" : undefined}>
              {column.cell(host, eyes)}
            </td>
          );
        })}
        <td className="menu-cell">
          <Group gap={2} wrap="nowrap" justify="flex-end">
            <OpenTerminal host={host} />
            <RowMenu host={host} />
          </Group>
        </td>
      </tr>
    );
  },
  (a, b) => a.host === b.host && a.selected === b.selected && a.shown === b.shown && a.eyes === b.eyes,
);

function Reason({ host, eyes, span }: { host: Host; eyes: Eyes; span: number }) {
  const reason = reasonOf(host, eyes.t, eyes.discreet);
  return (
    <td colSpan={span}>
      <Text size="sm" truncate title={reason}>
        {reason}
      </Text>
    </td>
  );
}
