import { Button, Group, Modal, Progress, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { queryClient, useChange, useMay } from "../../api/queries";
import { bytes } from "../../format/units";
import { ErrorNote } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";
import { WhyButton } from "../../parts/WhyButton";
import type { Engine } from "./types";

type Pull = Schemas["PullView"];
const WHILE_RUNNING_MS = 1000;
/** How long a pull that has ended stays in sight. */
const SHOWN_MS = 10 * 60_000;

interface PullDialogProps {
  hostId: number;
  engines: readonly Engine[];
  onClose: () => void;
}

export function PullDialog({ hostId, engines, onClose }: PullDialogProps) {
  const { t } = useTranslation();
  const [reference, setReference] = useState("");
  const [engine, setEngine] = useState(engines[0]?.key ?? "");
  const pull = useChange(
    () =>
      data(
        api.POST("/api/v1/hosts/{host_id}/images/pull", {
          params: { path: { host_id: hostId } },
          body: { reference: reference.trim(), engine },
        }),
      ),
    ["pulls"],
  );
  const go = async () => {
    await pull.mutateAsync(undefined as never);
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t("image.pull")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reference.trim()) go().catch(() => undefined);
        }}
      >
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label={t("image.reference")}
            description={t("image.referenceText")}
            placeholder="nginx:1.27"
            value={reference}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setReference(event.currentTarget.value)}
          />
          {engines.length > 1 && (
            <Select
              label={t("engine.engine")}
              data={engines.map((one) => ({ value: one.key, label: one.name }))}
              value={engine}
              onChange={(next) => next && setEngine(next)}
            />
          )}
          {pull.error && <ErrorNote error={pull.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <WhyButton
              type="submit"
              loading={pull.isPending}
              why={reference.trim() ? undefined : t("image.referenceFirst")}
            >
              {t("image.pull")}
            </WhyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Pulls under way and those that have just ended. */
export function Pulls({ hostId }: { hostId: number }) {
  const path = { host_id: hostId };
  const query = useQuery({
    queryKey: ["pulls", hostId],
    refetchInterval: (now) => (now.state.data?.items.some((one) => one.state === "running") ? WHILE_RUNNING_MS : false),
    queryFn: async () => {
      const before = queryClient.getQueryData<{ items: Pull[] }>(["pulls", hostId]);
      const next = await data(api.GET("/api/v1/hosts/{host_id}/pulls", { params: { path } }));
      const ran = new Set(before?.items.filter((one) => one.state === "running").map((one) => one.id));
      if (next.items.some((one) => ran.has(one.id) && one.state !== "running"))
        queryClient.invalidateQueries({ queryKey: ["images", hostId] });
      return next;
    },
  });
  const fresh = (one: Pull) =>
    one.state === "running" || Date.now() - Date.parse(one.ended_at ?? one.started_at) < SHOWN_MS;
  return query.data?.items.filter(fresh).map((one) => <OnePull key={one.id} pull={one} hostId={hostId} />);
}

function OnePull({ pull, hostId }: { pull: Pull; hostId: number }) {
  const { t } = useTranslation();
  const may = useMay();
  const cancel = useChange(
    () =>
      data(
        api.DELETE("/api/v1/hosts/{host_id}/pulls/{pull_id}", {
          params: { path: { host_id: hostId, pull_id: pull.id } },
        }),
      ),
    ["pulls"],
  );
  const share = pull.total_bytes ? (100 * pull.current_bytes) / pull.total_bytes : null;
  const done = pull.layers.filter((layer) => /complete|exists/i.test(layer.status)).length;
  const running = pull.state === "running";
  return (
    <div className="card pull" data-pull={pull.state}>
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="sm" fw={550} truncate>
          {pull.reference}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Text size="xs" c="dimmed" className="nowrap">
            {running && pull.layers.length > 0 && `${t("image.layers", { done, total: pull.layers.length })} · `}
            {running && pull.total_bytes
              ? `${bytes(pull.current_bytes)} / ${bytes(pull.total_bytes)}`
              : t(`image.pullState.${pull.state}`)}
          </Text>
          {running && may("hosts.operate") && (
            <RowAction
              icon={IconX}
              label={t("action.cancel")}
              of={pull.reference}
              onClick={() => cancel.mutate(undefined as never)}
            />
          )}
        </Group>
      </Group>
      {running && (
        <Progress
          value={share ?? 100}
          animated={share === null}
          size={4}
          mt={6}
          aria-label={t("image.pullOf", { name: pull.reference })}
        />
      )}
      {(pull.error || (running && pull.status)) && (
        <Text size="xs" mt={4} c={pull.error ? "var(--state-bad)" : "dimmed"} style={{ overflowWrap: "anywhere" }}>
          {pull.error || pull.status}
        </Text>
      )}
    </div>
  );
}
