import { Group, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";

interface ListingProps<T> {
  text: string;
  action?: ReactNode;
  query: UseQueryResult<{ items: T[] }>;
  heads: readonly string[];
  empty: string;
  row: (item: T) => ReactNode;
}

/** A plain list: what it is for, the one button, loading, error, emptiness, rows. */
export function Listing<T>({ text, action, query, heads, empty, row }: ListingProps<T>) {
  return (
    <>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" c="dimmed" maw={640}>
          {text}
        </Text>
        {action}
      </Group>
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      {query.isPending && (
        <div className="card">
          <Rows />
        </div>
      )}
      {query.data && query.data.items.length === 0 && (
        <div className="card">
          <Empty title={empty} action={action} />
        </div>
      )}
      {query.data && query.data.items.length > 0 && (
        <div className="card scroll-x">
          <table className="grid-table">
            <thead>
              <tr>
                {heads.map((head) => (
                  <th key={head}>{head}</th>
                ))}
              </tr>
            </thead>
            <tbody>{query.data.items.map(row)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}
