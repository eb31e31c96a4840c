import { Button, Group, Stack, Text } from "@mantine/core";
import { IconEye, IconEyeOff, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useMay } from "../../api/queries";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { pathOf } from "./deeds";
import { detailQuery } from "./detail";
import type { Container } from "./types";

const Code = lazy(() => import("../../parts/Code"));
const AGAIN_MS = 3000;

/** The processes inside, read again while somebody looks. */
export function Top({ container }: { container: Container }) {
  const { t } = useTranslation();
  const may = useMay()("hosts.operate");
  const running = container.state === "running";
  const query = useQuery({
    queryKey: ["top", container.host_id, container.id],
    enabled: may && running,
    gcTime: 0,
    refetchInterval: AGAIN_MS,
    queryFn: () =>
      data(api.GET("/api/v1/hosts/{host_id}/containers/{name}/top", { params: { path: pathOf(container) } })),
  });
  if (!may || !running)
    return (
      <div className="card">
        <Empty title={t(may ? "container.notRunning" : "process.forbidden")}>
          {t(may ? "container.notRunningText" : "process.forbiddenText")}
        </Empty>
      </div>
    );
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  const { titles, processes } = query.data;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
    <section className="card scroll-x" tabIndex={0} aria-label={t("container.tab.processes")}>
      <table className="grid-table" data-part="top">
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title}>{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {processes.map((row) => (
            <tr key={row.join(" ")}>
              {row.map((cell, place) => (
                <td key={titles[place] ?? place} className={place === row.length - 1 ? "mono" : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** All that the engine knows of it. */
export function Inspect({ container }: { container: Container }) {
  const { t } = useTranslation();
  const may = useMay();
  const [secrets, setSecrets] = useState(false);
  const query = useQuery(detailQuery(container, secrets));
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          {t(secrets ? "container.secretsShown" : "container.secretsMasked")}
        </Text>
        <Group gap="xs">
          {may("containers.secrets") && (
            <Button
              size="xs"
              variant="default"
              leftSection={secrets ? <IconEyeOff size={14} /> : <IconEye size={14} />}
              onClick={() => setSecrets(!secrets)}
            >
              {t(secrets ? "container.hideSecrets" : "container.showSecrets")}
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            leftSection={<IconRefresh size={14} />}
            loading={query.isFetching}
            onClick={() => query.refetch()}
          >
            {t("action.refresh")}
          </Button>
        </Group>
      </Group>
      <div className="card code-card">
        {query.data ? (
          <Suspense fallback={<Rows />}>
            <Code
              key={`${secrets} ${query.dataUpdatedAt}`}
              text={JSON.stringify(query.data.inspect, null, 2)}
              name="inspect.json"
              label={t("container.tab.inspect")}
              readOnly
            />
          </Suspense>
        ) : (
          <Rows />
        )}
      </div>
    </Stack>
  );
}
