import { Checkbox, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Entry } from "./entry";
import { FileRow } from "./FileRow";
import { SORTS, type Sort } from "./order";
import { all, type Held, pick, type Selection, toggle, walk } from "./selection";

const ROW = 36;
const PHONE_ROW = 52;
const PAGE = 12;
const GRID = { role: "grid", "aria-multiselectable": true };
const ROWS = { role: "rowgroup" };

export interface TableProps {
  label: string;
  entries: readonly Entry[];
  ids: readonly string[];
  selection: Selection;
  sort: string;
  words: string;
  phone: boolean;
  busy: boolean;
  empty: ReactNode;
  onSelect: (next: Selection) => void;
  onSort: (sort: string) => void;
  onOpen: (entry: Entry) => void;
  onMenu: (entry: Entry, at: { x: number; y: number }) => void;
  /** Keys that the list itself does not know; true when it was one. */
  onKey: (event: React.KeyboardEvent, entry: Entry | undefined) => boolean;
  hrefOf: (entry: Entry) => string;
}

/** A folder of any size: only the rows in sight are drawn, the keyboard goes through all of them. */
export function FileTable(props: TableProps) {
  const { label, entries, ids, selection, phone, busy, empty, onSelect, onOpen } = props;
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => box.current,
    estimateSize: () => (phone ? PHONE_ROW : ROW),
    overscan: 16,
    getItemKey: (place) => ids[place] ?? place,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows have another height on a phone
  useEffect(() => rows.measure(), [phone]);
  const at = selection.cursor === null ? -1 : ids.indexOf(selection.cursor);
  const go = (place: number, held: Held) => {
    const next = walk(ids, selection, place, held);
    onSelect(next);
    if (next.cursor !== null) rows.scrollToIndex(ids.indexOf(next.cursor));
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const held = { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey };
    const place = placeOf(event.key, at, entries.length);
    if (place !== null && !event.altKey) go(place, held);
    else if (event.key === " " && at >= 0) onSelect(toggle(selection, ids[at] as string));
    else if (event.key === "a" && held.ctrl) onSelect(all(ids, selection));
    else if (event.key === "Enter" && at >= 0) onOpen(entries[at] as Entry);
    else if (event.key === "Escape" && selection.chosen.size > 0) onSelect({ ...selection, chosen: new Set() });
    else if (!props.onKey(event, entries[at])) return;
    event.preventDefault();
  };
  const named = { "aria-label": label, "aria-activedescendant": at >= 0 ? `file-${at}` : undefined, tabIndex: 0 };
  // without rows it is no grid
  const role = entries.length ? { ...named, ...GRID, "aria-rowcount": entries.length } : { ...named, role: "group" };
  return (
    <div className="card file-list">
      <Head {...props} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a grid, by what is spread */}
      <div
        ref={box}
        className="file-rows"
        {...role}
        aria-busy={busy || undefined}
        onKeyDown={press}
        onFocus={(event) => {
          if (event.target === event.currentTarget && selection.cursor === null && ids[0] !== undefined)
            onSelect({ ...selection, cursor: ids[0] });
        }}
      >
        {entries.length === 0 ? (
          empty
        ) : (
          <div {...ROWS} style={{ height: rows.getTotalSize(), position: "relative" }}>
            {rows.getVirtualItems().map((item) => {
              const entry = entries[item.index];
              return (
                entry && (
                  <FileRow
                    key={item.key}
                    entry={entry}
                    place={item.index}
                    top={item.start}
                    words={props.words}
                    phone={phone}
                    selected={selection.chosen.has(entry.id)}
                    here={item.index === at}
                    href={props.hrefOf(entry)}
                    menuLabel={t("files.actionsOf", { name: entry.shown })}
                    onPick={(held) => {
                      onSelect(pick(ids, selection, entry.id, held));
                      box.current?.focus({ preventScroll: true });
                    }}
                    onOpen={() => onOpen(entry)}
                    onMenu={(point) => {
                      if (!selection.chosen.has(entry.id)) onSelect(pick(ids, selection, entry.id));
                      props.onMenu(entry, point);
                    }}
                  />
                )
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}

function placeOf(key: string, at: number, count: number): number | null {
  const places: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: Math.max(0, at - 1),
    PageDown: at + PAGE,
    PageUp: at - PAGE,
    Home: 0,
    End: count - 1,
  };
  return places[key] ?? null;
}

function Head({ entries, ids, selection, sort, phone, onSelect, onSort }: TableProps) {
  const { t } = useTranslation();
  const every = ids.length > 0 && selection.chosen.size === ids.length;
  const down = sort.startsWith("-");
  const active = down ? sort.slice(1) : sort;
  const Arrow = down ? IconArrowDown : IconArrowUp;
  return (
    <div className="file-head" data-phone={phone || undefined}>
      <Checkbox
        size="xs"
        aria-label={t("files.selectAll")}
        checked={every}
        indeterminate={!every && selection.chosen.size > 0}
        disabled={entries.length === 0}
        onChange={() => onSelect(every ? { ...selection, chosen: new Set() } : all(ids, selection))}
      />
      {SORTS.filter((one) => !phone || one === "name" || one === "size" || one === "modified").map((one: Sort) => (
        <button
          key={one}
          type="button"
          className={`file-col-${one}`}
          aria-pressed={one === active}
          title={one === active ? t(down ? "files.descending" : "files.ascending") : undefined}
          onClick={() => onSort(one === active && !down ? `-${one}` : one)}
        >
          <Text span fz={12} fw={500}>
            {t(`files.column.${one}`)}
          </Text>
          {one === active && <Arrow size={12} aria-hidden />}
        </button>
      ))}
    </div>
  );
}
