import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useMay } from "../../api/queries";
import { Copyable } from "../../parts/Copyable";
import { ErrorNote } from "../../parts/Notices";
import { When } from "../../parts/When";
import type { Engine } from "./types";

interface EngineNoteProps {
  engine: Engine;
  hostId: number;
  /** Says of which host it is. */
  named?: boolean;
  onMended?: () => void;
}

/** Has a host's engines looked at now. */
export const useLook = (hostId: number, onSuccess?: () => void) =>
  useMutation({
    mutationFn: () =>
      data(api.POST("/api/v1/hosts/{host_id}/containers/refresh", { params: { path: { host_id: hostId } } })),
    onSuccess,
  });

/** Why an engine cannot be read, since when, and the way to mend it. */
export function EngineNote({ engine, hostId, named = false, onMended }: EngineNoteProps) {
  const { t } = useTranslation();
  const may = useMay();
  const look = useLook(hostId, onMended);
  if (engine.state === "up") return null;
  return (
    <Alert
      color={engine.state === "connecting" ? "gray" : "orange"}
      icon={<IconPlugConnectedX size={18} />}
      role="status"
      data-engine={engine.state}
    >
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={6} style={{ minWidth: 0, flex: 1 }}>
          <Text size="sm" fw={550}>
            {t(`engine.${engine.state}`, { name: engine.name })}
            {named && (
              <>
                {" · "}
                <Link to="/hosts/$hostId" params={{ hostId: String(hostId) }} search={{ tab: "containers" }}>
                  {engine.host_name}
                </Link>
              </>
            )}
            <Text span size="xs" c="dimmed" ml={8} fw={400}>
              <When at={engine.since} />
            </Text>
          </Text>
          {engine.reason && <Text size="sm">{engine.reason}</Text>}
          {engine.state !== "connecting" && (
            <Text size="xs" c="dimmed">
              {engine.again_at ? (
                <>
                  {t("engine.again")} <When at={engine.again_at} />
                </>
              ) : (
                t("engine.soon")
              )}
            </Text>
          )}
          {engine.hint && (
            <Group gap={8} wrap="wrap">
              <Text size="sm" c="dimmed">
                {t("engine.mend")}
              </Text>
              <Copyable value={engine.hint} label={t("engine.mend")} open />
            </Group>
          )}
        </Stack>
        {may("hosts.operate") && engine.state !== "connecting" && (
          <Button size="xs" variant="default" loading={look.isPending} onClick={() => look.mutate()}>
            {t("engine.look")}
          </Button>
        )}
      </Group>
      {look.error && <ErrorNote error={look.error} />}
    </Alert>
  );
}
