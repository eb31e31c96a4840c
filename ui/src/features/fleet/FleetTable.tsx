import { Checkbox, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { reasonOf } from "../../parts/reason";
import { COLUMNS } from "./columns";
import { Marked } from "./Marked";
import { isTrouble } from "./order";
import { RowMenu } from "./RowMenu";

const ROW = 37;
const NAME = 196;

interface FleetTableProps {
  hosts: readonly Host[];
  hidden: readonly string[];
  sort: string;
  words: string;
  selected: ReadonlySet<number>;
  selectable: boolean;
  onSort: (sort: string) => void;
  onSelect: (ids: ReadonlySet<number>) => void;
}

export function FleetTable(props: FleetTableProps) {
  const { hosts, hidden, selected, selectable, onSelect } = props;
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  const rows = useWindowVirtualizer({
    count: hosts.length,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: body.current?.offsetTop ?? 0,
  });
  const items = rows.getVirtualItems();
  const before = items[0] ? items[0].start - rows.options.scrollMargin : 0;
  const after = rows.getTotalSize() - ((items.at(-1)?.end ?? 0) - rows.options.scrollMargin);
  const columns = COLUMNS.filter((column) => !hidden.includes(column.key));
  const all = hosts.length > 0 && hosts.every((host) => selected.has(host.id));
  const select = (id: number) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  return (
    <div className="card scroll-x" ref={body}>
      <table
        className="grid-table"
        style={{ tableLayout: "fixed", minWidth: NAME + 70 + columns.reduce((sum, column) => sum + column.width, 0) }}
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
                  onChange={() => onSelect(new Set(all ? [] : hosts.map((host) => host.id)))}
                />
              </th>
            )}
            <HeadCell name="name" {...props} />
            {columns.map((column) => (
              <HeadCell
                key={column.key}
                name={column.key}
                width={column.width}
                numeric={column.numeric}
                still={!column.sortable}
                {...props}
              />
            ))}
            <th style={{ width: 36 }}>
              <span className="mantine-visually-hidden" />
            </th>
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} />}
          {items.map((item) => {
            const host = hosts[item.index];
            return (
              host && (
                <Row
                  key={host.id}
                  host={host}
                  words={props.words}
                  hidden={hidden}
                  selectable={selectable}
                  selected={selected.has(host.id)}
                  onSelect={select}
                />
              )
            );
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
      </table>
    </div>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr>
      <td style={{ height, padding: 0, border: 0 }} colSpan={COLUMNS.length + 3} />
    </tr>
  );
}

interface HeadCellProps {
  name: string;
  width?: number;
  numeric?: boolean;
  still?: boolean;
  sort: string;
  onSort: (sort: string) => void;
}

function HeadCell({ name, width, numeric, still, sort, onSort }: HeadCellProps) {
  const { t } = useTranslation();
  const active = sort.replace(/^-/, "") === name;
  const down = sort.startsWith("-");
  const label = t(`column.${name}`);
  const next = active ? (down ? name : `-${name}`) : numeric ? `-${name}` : name;
  const Arrow = down ? IconArrowDown : IconArrowUp;
  return (
    <th
      className={numeric ? "num" : undefined}
      style={{ width }}
      aria-sort={active ? (down ? "descending" : "ascending") : undefined}
    >
      {still ? (
        label
      ) : (
        <button type="button" onClick={() => onSort(next)}>
          {label}
          {active && <Arrow size={12} style={{ verticalAlign: "-1px", marginLeft: 3 }} />}
        </button>
      )}
    </th>
  );
}

interface RowProps {
  host: Host;
  words: string;
  hidden: readonly string[];
  selected: boolean;
  selectable: boolean;
  onSelect: (id: number) => void;
}

const Row = memo(
  function Row({ host, words, hidden, selected, selectable, onSelect }: RowProps) {
    const { t, i18n } = useTranslation();
    const reason = isTrouble(host.state) ? reasonOf(host, i18n) : "";
    return (
      <tr data-host={host.id}>
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
          <Link to="/hosts/$hostId" params={{ hostId: String(host.id) }} className="plain-link">
            <Text size="sm" fw={550} truncate>
              <Marked text={host.name} words={words} />
            </Text>
          </Link>
          {reason && (
            <Text size="xs" c="dimmed" truncate title={reason}>
              {reason}
            </Text>
          )}
        </td>
        {COLUMNS.filter((column) => !hidden.includes(column.key)).map((column) => (
          <td key={column.key} className={column.numeric ? "num" : undefined}>
            {column.cell(host, t)}
          </td>
        ))}
        <td>
          <RowMenu host={host} />
        </td>
      </tr>
    );
  },
  (a, b) => a.host === b.host && a.selected === b.selected && a.hidden === b.hidden && a.words === b.words,
);
