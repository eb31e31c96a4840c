import { Button, Group, SegmentedControl, Stack } from "@mantine/core";
import { IconDownload, IconEraser } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { useMay } from "../../api/queries";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { type HostSearch, PARTS, type Part } from "../host/search";
import { EngineNote, useLook } from "./EngineNotes";
import { Filters } from "./Filters";
import { useContainers } from "./hooks";
import { Images } from "./Images";
import { Listing } from "./Listing";
import { PruneDialog } from "./Prune";
import { PullDialog, Pulls } from "./Pull";
import { type ContainersSearch, containersSearch } from "./search";
import { Volumes } from "./Volumes";

interface HostContainersProps {
  host: Host;
  /** Part, filters and order, as the address has them. */
  search: HostSearch;
  onChange: (next: HostSearch) => void;
}

/** What runs in containers on one host, and what lies there for it. */
export function HostContainers({ host, search: raw, onChange }: HostContainersProps) {
  const { t } = useTranslation();
  const may = useMay()("hosts.operate");
  const { store, shown } = useContainers(host.id);
  const [dialog, setDialog] = useState<"pull" | "prune" | null>(null);
  const part = raw.part ?? "containers";
  const search = useMemo(() => containersSearch({ ...raw }), [raw]);
  const all = useMemo(() => [...shown.containers.values()], [shown.containers]);
  const engines = [...shown.engines.values()];
  if (!shown.loaded)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  if (engines.length === 0)
    return (
      <div className="card">
        {host.state === "up" ? (
          <NoEngine hostId={host.id} />
        ) : (
          <Empty title={t("process.hostDown")}>{t("engine.hostDownText")}</Empty>
        )}
      </div>
    );
  const up = engines.filter((one) => one.state === "up");
  return (
    <Stack gap="sm">
      {engines.map((engine) => (
        <EngineNote key={engine.key} engine={engine} hostId={host.id} />
      ))}
      <Group justify="space-between" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={t("container.parts")}
          value={part}
          onChange={(next) => onChange({ part: next === "containers" ? undefined : (next as Part) })}
          data={PARTS.map((one) => ({ value: one, label: t(`container.part.${one}`) }))}
        />
        {may && up.length > 0 && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={14} />}
              onClick={() => setDialog("pull")}
            >
              {t("image.pull")}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconEraser size={14} />}
              onClick={() => setDialog("prune")}
            >
              {t("prune.open")}
            </Button>
          </Group>
        )}
      </Group>
      {up.length > 0 && <Pulls hostId={host.id} />}
      {part === "images" && <Images hostId={host.id} several={engines.length > 1} />}
      {part === "volumes" && <Volumes hostId={host.id} several={engines.length > 1} />}
      {part === "containers" &&
        (all.length === 0 ? (
          <div className="card">
            <Empty title={t("container.none")}>{t("container.noneText")}</Empty>
          </div>
        ) : (
          <Listing
            store={store}
            all={all}
            filter={search}
            sort={search.sort ?? "name"}
            hosts={false}
            byProject={!search.flat}
            onSort={(sort) => onChange({ sort: sort === "name" ? undefined : sort })}
            onClear={() => onChange({ q: undefined, state: undefined, image: undefined, project: undefined })}
          >
            {(count) => (
              <Filters
                search={search}
                all={all}
                shown={count}
                hosts={false}
                onChange={(next: Partial<ContainersSearch>) => onChange(next)}
              />
            )}
          </Listing>
        ))}
      {dialog === "pull" && <PullDialog hostId={host.id} engines={up} onClose={() => setDialog(null)} />}
      {dialog === "prune" && <PruneDialog hostId={host.id} engines={up} onClose={() => setDialog(null)} />}
    </Stack>
  );
}

function NoEngine({ hostId }: { hostId: number }) {
  const { t } = useTranslation();
  const may = useMay();
  const look = useLook(hostId);
  return (
    <>
      <Empty
        title={t("engine.none")}
        action={
          may("hosts.operate") && (
            <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
              {t("engine.look")}
            </Button>
          )
        }
      >
        {t("engine.noneText")}
      </Empty>
      {look.error && <ErrorNote error={look.error} />}
    </>
  );
}
