import { Button, Checkbox, Group, Text, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconStack2 } from "@tabler/icons-react";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useReader } from "../../app/preferences";
import { ContainerRow } from "./ContainerRow";
import { grouped, type Group as Project, READ } from "./order";
import type { ContainerStore } from "./store";
import { type Container, type Deed, keyOf } from "./types";

const ROW = 37;

interface TableProps {
  containers: readonly Container[];
  store: ContainerStore;
  words: string;
  sort: string;
  hosts: boolean;
  byProject: boolean;
  phone: boolean;
  selectable: boolean;
  selected: ReadonlySet<string>;
  onSelect: (change: (before: ReadonlySet<string>) => ReadonlySet<string>) => void;
  onSort: (sort: string) => void;
  onDeed: (containers: readonly Container[], deed: Deed) => void;
}

type Line = { kind: "project"; group: Project; key: string } | { kind: "container"; one: Container; key: string };

const COLUMNS: readonly { name: string; width: number; numeric?: boolean; still?: boolean }[] = [
  { name: "state", width: 164 },
  { name: "host", width: 104 },
  { name: "image", width: 148 },
  { name: "cpu", width: 152, numeric: true },
  { name: "memory", width: 98, numeric: true },
  { name: "network", width: 124, numeric: true },
  { name: "ports", width: 116, still: true },
  { name: "uptime", width: 70, numeric: true },
];

export function ContainerTable(props: TableProps) {
  const { containers, store, byProject, hosts, phone, selected, selectable, onSelect, onDeed } = props;
  const { t } = useTranslation();
  const reader = useReader();
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const box = body.current?.getBoundingClientRect();
    if (box) setTop(box.top + scrollY + ROW);
  }, []);
  const lines = useMemo(() => linesOf(containers, byProject), [containers, byProject]);
  const rows = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: top,
    enabled: !phone,
    getItemKey: (place) => lines[place]?.key ?? place,
  });
  const items = phone ? lines.map((line, index) => ({ key: line.key, index })) : rows.getVirtualItems();
  const columns = COLUMNS.filter((column) => hosts || column.name !== "host");
  const every = containers.length > 0 && containers.every((one) => selected.has(keyOf(one)));
  const flip = (one: Container) =>
    onSelect((before) => {
      const next = new Set(before);
      if (!next.delete(keyOf(one))) next.add(keyOf(one));
      return next;
    });
  const first = rows.getVirtualItems()[0];
  const before = !phone && first ? first.start - top : 0;
  const after = phone ? 0 : rows.getTotalSize() - ((rows.getVirtualItems().at(-1)?.end ?? top) - top);
  return (
    <div className="card scroll-x" ref={body}>
      <table
        className="grid-table fleet-table stacking containers"
        style={{ minWidth: phone ? undefined : 190 + columns.reduce((sum, column) => sum + column.width, 0) }}
      >
        <thead>
          <tr>
            <th>
              <Group gap={10} wrap="nowrap">
                {selectable && (
                  <Checkbox
                    size="xs"
                    aria-label={t("fleet.selectAll")}
                    checked={every}
                    indeterminate={!every && selected.size > 0}
                    onChange={() => onSelect(() => new Set(every ? [] : containers.map(keyOf)))}
                  />
                )}
                <SortButton name="name" sort={props.sort} onSort={props.onSort} />
              </Group>
            </th>
            {columns.map((column) => (
              <th
                key={column.name}
                className={column.numeric ? "num" : undefined}
                style={{ width: column.width }}
                aria-sort={
                  props.sort.replace("-", "") === column.name
                    ? props.sort.startsWith("-")
                      ? "descending"
                      : "ascending"
                    : undefined
                }
              >
                {column.still ? (
                  t(`container.column.${column.name}`)
                ) : (
                  <SortButton name={column.name} sort={props.sort} onSort={props.onSort} />
                )}
              </th>
            ))}
            <th style={{ width: 40 }}>
              <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} />}
          {items.map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            if (line.kind === "project")
              return (
                <ProjectRow
                  key={line.key}
                  group={line.group}
                  hosts={hosts}
                  span={columns.length + 2}
                  may={selectable}
                  onDeed={onDeed}
                />
              );
            return (
              <ContainerRow
                key={line.key}
                container={line.one}
                words={props.words}
                hosts={hosts}
                inGroup={byProject && line.one.project !== null && !phone}
                trend={store.trend(line.key)}
                rates={reader.rates}
                selectable={selectable}
                selected={selected.has(line.key)}
                onSelect={flip}
                onDeed={(one, deed) => onDeed([one], deed)}
              />
            );
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
      </table>
    </div>
  );
}

function linesOf(containers: readonly Container[], byProject: boolean): Line[] {
  const line = (one: Container): Line => ({ kind: "container", one, key: keyOf(one) });
  if (!byProject) return containers.map(line);
  return grouped(containers).flatMap((group) => {
    const inside = group.containers.map(line);
    if (group.project === null) return inside;
    return [{ kind: "project", group, key: `project ${group.hostId} ${group.project}` } as Line, ...inside];
  });
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0, border: 0 }} colSpan={COLUMNS.length + 2} />
    </tr>
  );
}

function SortButton({ name, sort, onSort }: { name: string; sort: string; onSort: (sort: string) => void }) {
  const { t } = useTranslation();
  const { rates } = useReader();
  const unit = name === "cpu" ? "%" : name === "network" ? (rates === "bytes" ? "MB/s" : "Mbit/s") : undefined;
  const down = sort.startsWith("-");
  const active = (down ? sort.slice(1) : sort) === name;
  const Arrow = down ? IconArrowDown : IconArrowUp;
  const figures = name === "cpu" || name === "memory" || name === "network";
  const next = active ? (down ? name : `-${name}`) : figures ? `-${name}` : name;
  if (!Object.hasOwn(READ, name)) return t(`container.column.${name}`);
  return (
    <button type="button" onClick={() => onSort(next)}>
      {t(`container.column.${name}`)}
      {unit && <span className="unit"> {unit}</span>}
      {active && <Arrow size={12} style={{ verticalAlign: "-1px", marginLeft: 3 }} />}
    </button>
  );
}

interface ProjectRowProps {
  group: Project;
  hosts: boolean;
  span: number;
  may: boolean;
  onDeed: (containers: readonly Container[], deed: Deed) => void;
}

/** A compose project, with what can be done to all of it. */
function ProjectRow({ group, hosts, span, may, onDeed }: ProjectRowProps) {
  const { t } = useTranslation();
  const running = group.containers.filter((one) => one.state === "running");
  const deeds: Deed[] = running.length ? ["restart", "stop"] : ["start"];
  return (
    <tr className="project-row" data-project={group.project}>
      <td colSpan={span}>
        <Group gap={8} justify="space-between" wrap="nowrap">
          <Group gap={8} wrap="nowrap" style={{ minWidth: 0 }}>
            <IconStack2 size={15} stroke={1.6} aria-hidden style={{ flex: "none" }} />
            <Text span size="sm" fw={550} truncate>
              {group.project}
            </Text>
            <Text span size="xs" c="dimmed" className="nowrap">
              {hosts && `${group.hostName} · `}
              {t("container.runningOf", { running: running.length, total: group.containers.length })}
            </Text>
          </Group>
          {may && (
            <Group gap={4} wrap="nowrap">
              {deeds.map((deed) => (
                <Button
                  key={deed}
                  size="compact-xs"
                  variant="subtle"
                  color="gray"
                  aria-label={`${t(`container.do.${deed}`)}: ${group.project}`}
                  onClick={() =>
                    onDeed(
                      group.containers.filter((one) => deed !== "start" || one.state !== "running"),
                      deed,
                    )
                  }
                >
                  {t(`container.do.${deed}`)}
                </Button>
              ))}
            </Group>
          )}
        </Group>
      </td>
    </tr>
  );
}
