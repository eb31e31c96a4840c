import { Group, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { SearchBox } from "../../parts/SearchBox";

interface Kept {
  id: number;
  name: string;
  description: string;
}

interface Deeds<T> {
  onLaunch: (one: T) => void;
  onDelete: (one: T) => void;
}

/** Their words, whole, so that the catalogue's test sees that they are asked for. */
const WORDS = {
  template: {
    search: "template.search",
    nothingFits: "template.nothingFits",
    none: "template.none",
    noneText: "template.noneText",
    deleteText: "template.deleteText",
  },
  workflow: {
    search: "workflow.search",
    nothingFits: "workflow.nothingFits",
    none: "workflow.none",
    noneText: "workflow.noneText",
    deleteText: "workflow.deleteText",
  },
} as const;

interface Props<T> {
  query: UseQueryResult<{ items: T[] }, Error>;
  words: keyof typeof WORDS;
  searched: string;
  onSearch: (q: string | undefined) => void;
  /** What a search looks through. */
  textOf: (one: T) => string;
  add: ReactNode;
  table: (shown: readonly T[], deeds: Deeds<T>) => ReactNode;
  launch: (one: T, onClose: () => void) => ReactNode;
  onDelete: (id: number) => Promise<unknown>;
}

/** What is kept to be launched again and again: searched, launched and deleted. */
export function KeptList<T extends Kept>(props: Props<T>) {
  const { query, searched, textOf, add, table, launch } = props;
  const { t } = useTranslation();
  const words = WORDS[props.words];
  const [launching, setLaunching] = useState<T | null>(null);
  const [deleting, setDeleting] = useState<T | null>(null);
  const items = query.data?.items ?? [];
  const shown = items.filter((one) => textOf(one).toLowerCase().includes(searched.toLowerCase()));
  return (
    <>
      {items.length > 0 && (
        <Group gap="xs">
          <SearchBox label={t(words.search)} value={searched} onChange={(next) => props.onSearch(next || undefined)} />
          <Text size="sm" c="dimmed" role="status">
            {t("jobs.shown", { shown: shown.length, total: items.length })}
          </Text>
        </Group>
      )}
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <div className="card scroll-x">
        {query.isPending && <Rows />}
        {query.data && shown.length === 0 && (
          <Empty title={t(searched ? words.nothingFits : words.none)} action={!searched && add}>
            {!searched && t(words.noneText)}
          </Empty>
        )}
        {shown.length > 0 && table(shown, { onLaunch: setLaunching, onDelete: setDeleting })}
      </div>
      {launching && launch(launching, () => setLaunching(null))}
      {deleting && (
        <Confirm
          title={t("template.deleteTitle", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => props.onDelete(deleting.id)}
        >
          {t(words.deleteText)}
        </Confirm>
      )}
    </>
  );
}

/** Its name, and what is said of it. */
export function KeptName({ of: { name, description } }: { of: Kept }) {
  return (
    <>
      <Text span size="sm" fw={500}>
        {name}
      </Text>
      {description && (
        <Text span size="xs" c="dimmed" display="block">
          {description}
        </Text>
      )}
    </>
  );
}
