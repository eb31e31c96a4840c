import { Autocomplete, Button, Group, Select, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useMay, usersQuery } from "../../api/queries";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { AuditTable } from "./AuditTable";
import type { AuditSearch } from "./auditSearch";
import { KINDS, useDeedWords } from "./deeds";

const PAGE = 100;
const route = getRouteApi("/inside/settings/$section");

/** Who did what, from where, when; newest first. */
export function Audit() {
  const { t } = useTranslation();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: AuditSearch) =>
    navigate({ search: (before: AuditSearch) => ({ ...before, ...next }), replace: true });
  const query = useInfiniteQuery({
    queryKey: ["audit", filter],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) =>
      data(api.GET("/api/v1/audit", { params: { query: { ...filter, before: pageParam, limit: PAGE } } })),
    getNextPageParam: (page) => (page.items.length === PAGE ? page.items.at(-1)?.id : undefined),
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;
  const filtered = Boolean(filter.actor || filter.action || filter.object);
  return (
    <>
      <Filters filter={filter} total={query.data && total} shown={rows.length} onChange={change} />
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <div className="card scroll-x">
        {query.isPending && <Rows />}
        {query.data && rows.length === 0 && (
          <Empty
            title={t(filtered ? "audit.none" : "audit.nothingYet")}
            action={
              filtered && (
                <Button variant="default" onClick={() => navigate({ search: {}, replace: true })}>
                  {t("fleet.clearFilters")}
                </Button>
              )
            }
          />
        )}
        {rows.length > 0 && <AuditTable rows={rows} />}
      </div>
      {query.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {t("audit.more")}
          </Button>
        </Group>
      )}
    </>
  );
}

interface FiltersProps {
  filter: AuditSearch;
  total: number | undefined;
  shown: number;
  onChange: (next: AuditSearch) => void;
}

function Filters({ filter, total, shown, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const words = useDeedWords();
  const users = useQuery({ ...usersQuery, enabled: useMay()("users.manage") });
  const [actor, setActor] = useState(filter.actor ?? "");
  const tell = useDebouncedCallback((name: string) => onChange({ actor: name || undefined }), 250);
  return (
    <Group gap="xs">
      <Autocomplete
        data-search
        size="sm"
        w={{ base: "100%", xs: 200 }}
        clearable
        aria-label={t("audit.actor")}
        placeholder={t("audit.actorHint")}
        data={users.data?.items.map((user) => user.username) ?? []}
        value={actor}
        onChange={(name) => {
          setActor(name);
          tell(name);
        }}
      />
      <Select
        size="sm"
        w={{ base: "100%", xs: 240 }}
        clearable
        searchable
        aria-label={t("audit.action")}
        placeholder={t("audit.actionHint")}
        data={words.options}
        value={filter.action ?? null}
        onChange={(action) => onChange({ action: action ?? undefined })}
      />
      <Select
        size="sm"
        w={{ base: "100%", xs: 180 }}
        clearable
        aria-label={t("audit.object")}
        placeholder={t("audit.objectHint")}
        data={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        value={filter.object ?? null}
        onChange={(object) => onChange({ object: object ?? undefined })}
      />
      {total !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          {t("audit.count", { shown, count: total })}
        </Text>
      )}
    </Group>
  );
}
