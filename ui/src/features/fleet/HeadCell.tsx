import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { LEAST_WIDTH } from "./columns";

interface HeadCellProps {
  name: string;
  unit?: string;
  width?: number;
  numeric?: boolean;
  /** Cannot be sorted by. */
  still?: boolean;
  sort: string;
  onSort: (sort: string) => void;
  /** Another width; null: the one it had at first. */
  onWidth?: (width: number | null) => void;
}

/** A column's name: a press sorts by it, its right edge is dragged to make it wider. */
export function HeadCell({ name, unit, width, numeric, still, sort, onSort, onWidth }: HeadCellProps) {
  const { t } = useTranslation();
  const [dragged, setDragged] = useState<number | null>(null);
  const active = sort.replace(/^-/, "") === name;
  const down = sort.startsWith("-");
  const next = active ? (down ? name : `-${name}`) : numeric ? `-${name}` : name;
  const Arrow = down ? IconArrowDown : IconArrowUp;
  const label = (
    <>
      {t(`column.${name}`)}
      {unit && <span className="unit"> {unit}</span>}
    </>
  );
  return (
    <th
      className={numeric ? "num" : undefined}
      style={{ width: dragged ?? width }}
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
      {onWidth && <Edge width={width ?? LEAST_WIDTH} onDrag={setDragged} onWidth={onWidth} />}
    </th>
  );
}

interface EdgeProps {
  width: number;
  onDrag: (width: number | null) => void;
  onWidth: (width: number | null) => void;
}

function Edge({ width, onDrag, onWidth }: EdgeProps) {
  const from = useRef<number | null>(null);
  const wide = (event: React.PointerEvent) => Math.max(LEAST_WIDTH, width + event.clientX - (from.current ?? 0));
  return (
    <span
      className="column-edge"
      aria-hidden
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = event.clientX;
      }}
      onPointerMove={(event) => from.current !== null && onDrag(wide(event))}
      onPointerUp={(event) => {
        if (from.current === null) return;
        if (Math.abs(event.clientX - from.current) > 2) onWidth(Math.round(wide(event)));
        from.current = null;
        onDrag(null);
      }}
      onDoubleClick={() => onWidth(null)}
    />
  );
}
