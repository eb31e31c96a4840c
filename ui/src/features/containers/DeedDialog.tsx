import { Checkbox, List, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { bytes } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { ErrorNote } from "../../parts/Notices";
import { type Extra, pathOf, perform } from "./deeds";
import type { Container, Deed } from "./types";

const NAMED = 8;

export interface Asked {
  deed: Deed;
  containers: readonly Container[];
}

interface DeedDialogProps extends Asked {
  onClose: () => void;
  onDone?: () => void;
}

/** Asks before harm, naming what goes with it. */
export function DeedDialog({ deed, containers, onClose, onDone }: DeedDialogProps) {
  const { t } = useTranslation();
  const [extra, setExtra] = useState<Extra>({});
  const [only] = containers;
  const single = containers.length === 1 && only ? only : null;
  const running = containers.filter((one) => one.state === "running" || one.state === "paused").length;
  const subject = single ? single.name : t("container.number", { count: containers.length });
  return (
    <Confirm
      title={t(`container.ask.${deed}`, { name: subject })}
      action={t(`container.do.${deed}`)}
      word={deed === "remove" && containers.length > 1 ? String(containers.length) : undefined}
      onClose={onClose}
      onConfirm={async () => {
        await perform(containers, deed, deed === "remove" ? { ...extra, force: running > 0 } : {});
        onDone?.();
      }}
    >
      <Stack gap="sm">
        {!single && <Names containers={containers} />}
        <Text size="sm">{t(`container.effect.${deed}`)}</Text>
        <Answers containers={containers} />
        {deed === "remove" && running > 0 && (
          <Text size="sm" c="var(--state-warn)">
            {t("container.runsStill", { count: running })}
          </Text>
        )}
        {deed === "remove" && (single ? <Goes container={single} extra={extra} /> : null)}
        {deed === "remove" && (
          <Checkbox
            label={t("container.withVolumes")}
            description={t("container.withVolumesText")}
            checked={extra.volumes ?? false}
            onChange={(event) => setExtra({ ...extra, volumes: event.currentTarget.checked })}
          />
        )}
      </Stack>
    </Confirm>
  );
}

function Names({ containers }: { containers: readonly Container[] }) {
  const { t } = useTranslation();
  const rest = containers.length - NAMED;
  return (
    <List size="sm">
      {containers.slice(0, NAMED).map((one) => (
        <List.Item key={`${one.host_id}/${one.id}`}>
          {one.name} <span className="quiet">{one.host_name}</span>
        </List.Item>
      ))}
      {rest > 0 && <List.Item>{t("container.andOthers", { count: rest })}</List.Item>}
    </List>
  );
}

/** On which ports nobody answers meanwhile. */
function Answers({ containers }: { containers: readonly Container[] }) {
  const { t } = useTranslation();
  const ports = [...new Set(containers.flatMap((one) => one.ports.map((port) => port.public)))].filter(Boolean);
  if (ports.length === 0) return null;
  return <Text size="sm">{t("container.portsGo", { ports: ports.join(", ") })}</Text>;
}

/** What a removal takes along, as the engine says. */
function Goes({ container, extra }: { container: Container; extra: Extra }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["removal", container.host_id, container.id],
    gcTime: 0,
    queryFn: () =>
      data(
        api.GET("/api/v1/hosts/{host_id}/containers/{name}/removal", {
          params: { path: pathOf(container) },
        }),
      ),
  });
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Skeleton height={40} />;
  const { size_bytes, volumes, dependents, project } = query.data;
  return (
    <List size="sm">
      <List.Item>
        {size_bytes == null ? t("container.layer") : t("container.layerOf", { size: bytes(size_bytes) })}
      </List.Item>
      {volumes.map((volume) => (
        <List.Item key={volume.name} c={volume.anonymous && extra.volumes ? undefined : "dimmed"}>
          {t(volume.anonymous && extra.volumes ? "container.volumeGoes" : "container.volumeStays", {
            name: volume.name,
            size: bytes(volume.size_bytes),
          })}
        </List.Item>
      ))}
      {dependents.length > 0 && <List.Item>{t("container.dependents", { names: dependents.join(", ") })}</List.Item>}
      {project && <List.Item>{t("container.ofProject", { name: project })}</List.Item>}
    </List>
  );
}
