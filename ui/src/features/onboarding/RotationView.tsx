import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { ErrorNote, Rows } from "../../parts/Notices";
import { When } from "../../parts/When";
import { rotationQuery } from "./calls";

const ORDER = ["failed", "unreachable", "installing", "installed", "verified", "switched", "waiting", "done"];

/** One change of keys, host by host; those that need somebody first. */
export function RotationView({ id }: { id: number }) {
  const { t } = useTranslation();
  const query = useQuery(rotationQuery(id));
  const [stopping, setStopping] = useState(false);
  const path = { params: { path: { rotation_id: id } } };
  const retry = useChange(() => data(api.POST("/api/v1/key-rotations/{rotation_id}/retry", path)), ["rotations"]);
  const stop = useChange(() => data(api.POST("/api/v1/key-rotations/{rotation_id}/stop", path)), ["rotations"]);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  const one = query.data;
  const total = Object.values(one.counts).reduce((sum, number) => sum + number, 0);
  const done = one.counts.done ?? 0;
  const hosts = [...one.hosts].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm">{`${one.old_name} → ${one.new_name}`}</Text>
        <Group gap="xs">
          {one.state !== "done" && (
            <Button size="xs" loading={retry.isPending} onClick={() => retry.mutate(undefined as never)}>
              {t("rotation.retry")}
            </Button>
          )}
          {["running", "waiting"].includes(one.state) && (
            <Button size="xs" variant="default" onClick={() => setStopping(true)}>
              {t("rotation.stop")}
            </Button>
          )}
        </Group>
      </Group>
      {retry.error && <ErrorNote error={retry.error} />}
      <Progress value={total ? (100 * done) / total : 0} aria-label={t("rotation.progress")} />
      <Text size="sm" aria-live="polite">
        {`${t(`rotation.stateWord.${one.state}`)}: ${t("rotation.counts", { done, total })}`}
      </Text>
      {one.state === "waiting" && (
        <Alert color="yellow" variant="light">
          {t("rotation.waitingText", { count: total - done })}
        </Alert>
      )}
      {one.state === "done" && (
        <Alert color="green" variant="light">
          {t("rotation.doneText", { name: one.old_name })}
        </Alert>
      )}
      <div className="card scroll-x">
        <table className="grid-table stacking">
          <thead>
            <tr>
              <th>{t("form.name")}</th>
              <th>{t("onboard.state")}</th>
              <th>{t("onboard.detail")}</th>
              <th>{t("onboard.changed")}</th>
            </tr>
          </thead>
          <tbody>
            {hosts.map((host) => (
              <tr key={host.host_id} data-host={host.name} data-state={host.state}>
                <td data-label={t("form.name")}>
                  <Link to="/hosts/$hostId" params={{ hostId: String(host.host_id) }} className="quiet-link">
                    {host.name}
                  </Link>
                </td>
                <td data-label={t("onboard.state")}>{t(`rotation.hostWord.${host.state}`)}</td>
                <td data-label={t("onboard.detail")}>
                  <Text
                    size="xs"
                    style={{ whiteSpace: "normal" }}
                    c={host.state === "failed" ? "var(--mantine-color-error)" : "dimmed"}
                  >
                    {host.detail}
                  </Text>
                </td>
                <td data-label={t("onboard.changed")}>
                  <When at={host.updated_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {stopping && (
        <Confirm
          title={t("rotation.stop")}
          action={t("rotation.stop")}
          onClose={() => setStopping(false)}
          onConfirm={() => stop.mutateAsync(undefined as never)}
        >
          {t("rotation.stopText")}
        </Confirm>
      )}
    </Stack>
  );
}
