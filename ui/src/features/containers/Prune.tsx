import { Button, Checkbox, Group, Modal, ScrollArea, Select, Skeleton, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { bytes } from "../../format/units";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import type { Engine } from "./types";

const KINDS = ["containers", "images", "networks", "build_cache", "volumes"] as const;
type Kind = (typeof KINDS)[number];
/** Without volumes: they hold data. */
const AT_FIRST: readonly Kind[] = ["containers", "images", "networks"];

interface PruneDialogProps {
  hostId: number;
  engines: readonly Engine[];
  onClose: () => void;
}

/** Clears away what nothing uses, after showing all of it. */
export function PruneDialog({ hostId, engines, onClose }: PruneDialogProps) {
  const { t } = useTranslation();
  const [engine, setEngine] = useState(engines[0]?.key ?? "");
  const [kinds, setKinds] = useState<readonly Kind[]>(AT_FIRST);
  const [allImages, setAllImages] = useState(false);
  const path = { host_id: hostId };
  const preview = useQuery({
    queryKey: ["prune", hostId, engine, kinds.join(), allImages],
    enabled: kinds.length > 0,
    gcTime: 0,
    staleTime: 0,
    queryFn: () =>
      data(
        api.GET("/api/v1/hosts/{host_id}/prune", {
          params: { path, query: { engine, kind: [...kinds], all_images: allImages } },
        }),
      ),
  });
  const prune = useChange(
    () =>
      data(
        api.POST("/api/v1/hosts/{host_id}/prune", {
          params: { path },
          body: { engine, kinds: [...kinds], all_images: allImages },
        }),
      ),
    ["images", "volumes"],
  );
  const items = kinds.length ? (preview.data?.items ?? []) : [];
  const go = async () => {
    const { deleted, reclaimed_bytes } = await prune.mutateAsync(undefined as never);
    const size = bytes(reclaimed_bytes);
    notifications.show({ message: t("prune.done", { count: deleted.length, size }) });
    onClose();
  };
  const why =
    kinds.length === 0 ? t("prune.chooseFirst") : items.length === 0 && preview.data ? t("prune.nothing") : undefined;
  return (
    <Modal opened onClose={onClose} title={t("prune.title")} size="lg">
      <Stack gap="sm">
        <Text size="sm">{t("prune.text")}</Text>
        {engines.length > 1 && (
          <Select
            label={t("engine.engine")}
            data={engines.map((one) => ({ value: one.key, label: one.name }))}
            value={engine}
            onChange={(next) => next && setEngine(next)}
          />
        )}
        <Group gap="md">
          {KINDS.map((kind) => (
            <Checkbox
              key={kind}
              label={t(`prune.kind.${kind}`)}
              checked={kinds.includes(kind)}
              onChange={() => setKinds(kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind])}
            />
          ))}
        </Group>
        {kinds.includes("images") && (
          <Checkbox
            label={t("prune.allImages")}
            description={t("prune.allImagesText")}
            checked={allImages}
            onChange={(event) => setAllImages(event.currentTarget.checked)}
          />
        )}
        {preview.error && <ErrorNote error={preview.error} onRetry={() => preview.refetch()} />}
        {preview.isFetching && !preview.data ? (
          <Skeleton height={80} />
        ) : (
          <ScrollArea.Autosize mah={280} className="prune-list" tabIndex={0}>
            {items.length === 0 ? (
              <Text size="sm" c="dimmed" p="xs">
                {t("prune.nothing")}
              </Text>
            ) : (
              <table className="grid-table">
                <tbody>
                  {items.map((item) => (
                    <tr key={`${item.kind} ${item.id}`}>
                      <td className="quiet">{t(`prune.kind.${item.kind}`)}</td>
                      <td className="mono">{item.name}</td>
                      <td className="num">{item.size_bytes == null ? "" : bytes(item.size_bytes)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </ScrollArea.Autosize>
        )}
        {prune.error && <ErrorNote error={prune.error} />}
        <Group justify="space-between" gap="xs">
          <Text size="sm" fw={550} role="status">
            {items.length > 0 &&
              t("prune.sum", { count: items.length, size: bytes(preview.data?.reclaimable_bytes ?? 0) })}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <WhyButton
              color="red.8"
              why={why}
              loading={prune.isPending || preview.isFetching}
              onClick={() => go().catch(() => undefined)}
            >
              {t("prune.go")}
            </WhyButton>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}
