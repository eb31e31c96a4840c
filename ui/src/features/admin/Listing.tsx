import { Group, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";

export interface Column<T> {
  head: string;
  cell: (item: T) => ReactNode;
  numeric?: boolean;
}

interface ListingProps<T> {
  /** What the list is for. */
  text?: string;
  /** The one button that starts it. */
  action?: ReactNode;
  query: UseQueryResult<{ items: T[] }>;
  empty: string;
  columns: readonly Column<T>[];
  /** What can be done to a row. */
  actions?: (item: T) => ReactNode;
}

/** A plain list: what it is for, the one button, loading, error, emptiness, rows. */
export function Listing<T extends { id: number }>({ text, action, query, empty, columns, actions }: ListingProps<T>) {
  const items = query.data?.items ?? [];
  const blank = query.data !== undefined && items.length === 0;
  return (
    <Stack gap="sm">
      {!blank && (text || action) && (
        <Group justify="space-between" align="center" gap="xs">
          <Text size="sm" c="dimmed" maw={640}>
            {text}
          </Text>
          {action}
        </Group>
      )}
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      {query.isPending && (
        <div className="card">
          <Rows />
        </div>
      )}
      {blank && (
        <div className="card">
          <Empty title={empty} action={action}>
            {text}
          </Empty>
        </div>
      )}
      {items.length > 0 && (
        <div className="card scroll-x">
          <Table items={items} columns={columns} actions={actions} />
        </div>
      )}
    </Stack>
  );
}

function Table<T extends { id: number }>({
  items,
  columns,
  actions,
}: Pick<ListingProps<T>, "columns" | "actions"> & { items: T[] }) {
  const { t } = useTranslation();
  return (
    <table className="grid-table stacking">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.head} className={column.numeric ? "num" : undefined}>
              {column.head}
            </th>
          ))}
          {actions && (
            <th>
              <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id}>
            {columns.map((column) => (
              <td key={column.head} className={column.numeric ? "num" : undefined} data-label={column.head}>
                {column.cell(item)}
              </td>
            ))}
            {actions && (
              <td className="stick-right">
                <span className="row-actions">{actions(item)}</span>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
