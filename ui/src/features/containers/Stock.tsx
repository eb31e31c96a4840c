import { VisuallyHidden } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient, useMay } from "../../api/queries";
import { bytes } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";

interface Column<T> {
  label: string;
  of: (item: T) => ReactNode;
  className?: string;
}

interface StockProps<T> {
  part: "images" | "volumes";
  hostId: number;
  query: UseQueryResult<{ items: T[]; size_bytes?: number | null }>;
  /** There is more than one engine to tell apart. */
  several: boolean;
  empty: { title: string; text: string };
  /** The first says what it is. */
  columns: readonly [Column<T>, ...Column<T>[]];
  nameOf: (item: T) => string;
  usersOf: (item: T) => readonly string[];
  remove: (item: T) => Promise<unknown>;
  question: (item: T) => { title: string; text: string; word?: string };
}

/** What an engine keeps, largest first: who uses it, how much it is, and how it is removed. */
export function Stock<T extends { engine: string; size_bytes: number | null }>(props: StockProps<T>) {
  const { part, hostId, query, several, empty, columns, nameOf, usersOf, remove, question } = props;
  const { t } = useTranslation();
  const may = useMay()("hosts.operate");
  const [removing, setRemoving] = useState<T | null>(null);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  const items = [...query.data.items].sort((a, b) => (b.size_bytes ?? -1) - (a.size_bytes ?? -1));
  if (items.length === 0)
    return (
      <div className="card">
        <Empty title={empty.title}>{empty.text}</Empty>
      </div>
    );
  const [first, ...others] = columns;
  const asked = removing && question(removing);
  return (
    <div className="card scroll-x">
      <table className="grid-table stacking" data-part={part}>
        <thead>
          <tr>
            <th>{first.label}</th>
            {several && <th>{t("engine.engine")}</th>}
            <th>{t("image.usedBy")}</th>
            {others.map((column) => (
              <th key={column.label}>{column.label}</th>
            ))}
            <th className="num">
              {t("image.size")}{" "}
              {query.data.size_bytes != null && <span className="quiet">{bytes(query.data.size_bytes)}</span>}
            </th>
            <th>
              <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={`${item.engine} ${nameOf(item)}`}>
              <td>{first.of(item)}</td>
              {several && <td data-label={t("engine.engine")}>{item.engine}</td>}
              <td data-label={t("image.usedBy")}>{usersOf(item).join(", ")}</td>
              {others.map((column) => (
                <td key={column.label} data-label={column.label} className={column.className}>
                  {column.of(item)}
                </td>
              ))}
              <td className="num" data-label={t("image.size")}>
                {bytes(item.size_bytes)}
              </td>
              <td className="stick-right">
                <span className="row-actions">
                  {may && (
                    <RowAction
                      icon={IconTrash}
                      harm
                      label={t("action.delete")}
                      of={nameOf(item)}
                      why={
                        usersOf(item).length
                          ? t("image.inUse", { names: usersOf(item).slice(0, 3).join(", ") })
                          : undefined
                      }
                      onClick={() => setRemoving(item)}
                    />
                  )}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {removing && asked && (
        <Confirm
          title={asked.title}
          action={t("action.delete")}
          word={asked.word}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            await remove(removing);
            await queryClient.invalidateQueries({ queryKey: [part, hostId] });
          }}
        >
          {asked.text}
        </Confirm>
      )}
    </div>
  );
}
