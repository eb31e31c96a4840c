import { Button, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { exact } from "../../format/units";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";

const PAGE = 100;

/** Who did what, from where, when; newest first. */
export function Audit() {
  const { t, i18n } = useTranslation();
  const [typed, setTyped] = useState({ actor: "", action: "", object: "" });
  const [filter] = useDebouncedValue(typed, 250);
  const query = useInfiniteQuery({
    queryKey: ["audit", filter],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) =>
      data(api.GET("/api/v1/audit", { params: { query: { ...filter, before: pageParam, limit: PAGE } } })),
    getNextPageParam: (page) => (page.items.length === PAGE ? page.items.at(-1)?.id : undefined),
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Group gap="xs">
        {(["actor", "action", "object"] as const).map((name) => (
          <TextInput
            key={name}
            aria-label={t(`audit.${name}`)}
            placeholder={t(`audit.${name}Hint`)}
            value={typed[name]}
            onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
          />
        ))}
        <Text size="sm" c="dimmed">
          {query.data && t("audit.count", { count: query.data.pages[0]?.total ?? 0 })}
        </Text>
      </Group>
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <div className="card scroll-x">
        {query.isPending && <Rows />}
        {query.data && rows.length === 0 && <Empty title={t("audit.none")} />}
        {rows.length > 0 && (
          <table className="grid-table">
            <thead>
              <tr>
                <th>{t("event.at")}</th>
                <th>{t("audit.actor")}</th>
                <th>{t("audit.action")}</th>
                <th>{t("audit.object")}</th>
                <th>{t("audit.address")}</th>
                <th>{t("event.detail")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td style={{ whiteSpace: "nowrap" }}>{exact(row.at, i18n.language)}</td>
                  <td>
                    {row.actor.name}
                    {row.actor.kind === "token" && ` (${t("audit.token")})`}
                  </td>
                  <td className="mono">{row.action}</td>
                  <td>{row.object.name}</td>
                  <td className="mono">{row.address}</td>
                  <td className="mono" style={{ maxWidth: 420 }}>
                    {Object.keys(row.detail).length > 0 && (
                      <details>
                        <summary>{Object.keys(row.detail).join(", ")}</summary>
                        <pre style={{ margin: 0, whiteSpace: "pre-wrap" }}>{JSON.stringify(row.detail, null, 1)}</pre>
                      </details>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
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
