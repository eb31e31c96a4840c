import { Button, Group, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { Empty } from "../../parts/Notices";
import { ContainerTable } from "./ContainerTable";
import { type Asked, DeedDialog } from "./DeedDialog";
import { HARMFUL, possible, useAttempt } from "./deeds";
import { type Filter, fits, ordered } from "./order";
import type { ContainerStore } from "./store";
import { type Container, type Deed, keyOf } from "./types";

interface ListingProps {
  store: ContainerStore;
  all: readonly Container[];
  filter: Filter;
  sort: string;
  hosts: boolean;
  byProject: boolean;
  onSort: (sort: string) => void;
  onClear: () => void;
  /** Stands above the list: filters. */
  children?: (shown: number) => ReactNode;
}

/** Containers as a list, what can be done to one or several of them, and the question before harm. */
export function Listing({ store, all, filter, sort, hosts, byProject, onSort, onClear, children }: ListingProps) {
  const { t } = useTranslation();
  const may = useMay();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const attempt = useAttempt();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked | null>(null);
  const shown = useMemo(() => {
    const fitting = all.filter((one) => fits(one, filter));
    return ordered(filter.state?.length ? fitting.filter((one) => filter.state?.includes(one.state)) : fitting, sort);
  }, [all, filter, sort]);
  const chosen = shown.filter((one) => selected.has(keyOf(one)));
  const deed = (containers: readonly Container[], what: Deed) =>
    HARMFUL.includes(what) ? setAsked({ deed: what, containers }) : attempt(containers, what);
  return (
    <>
      {children?.(shown.length)}
      {chosen.length > 0 && (
        <BulkBar containers={chosen} onDeed={(what) => deed(chosen, what)} onClear={() => setSelected(new Set())} />
      )}
      {shown.length === 0 ? (
        <div className="card">
          <Empty
            title={t("container.nothingFits")}
            action={
              <Button variant="default" onClick={onClear}>
                {t("fleet.clearFilters")}
              </Button>
            }
          >
            {t("container.nothingFitsText", { count: all.length })}
          </Empty>
        </div>
      ) : (
        <ContainerTable
          containers={shown}
          store={store}
          words={filter.q ?? ""}
          sort={sort}
          hosts={hosts}
          byProject={byProject}
          phone={phone}
          selectable={may("hosts.operate")}
          selected={selected}
          onSelect={setSelected}
          onSort={onSort}
          onDeed={deed}
        />
      )}
      {asked && (
        <DeedDialog
          {...asked}
          onClose={() => setAsked(null)}
          onDone={() => asked.deed === "remove" && setSelected(new Set())}
        />
      )}
    </>
  );
}

const BULK: readonly Deed[] = ["start", "stop", "restart", "remove"];

interface BulkBarProps {
  containers: readonly Container[];
  onDeed: (deed: Deed) => void;
  onClear: () => void;
}

function BulkBar({ containers, onDeed, onClear }: BulkBarProps) {
  const { t } = useTranslation();
  const can = (deed: Deed) => containers.some((one) => possible(one).includes(deed));
  return (
    <Group className="card bulk-bar" px="sm" py={6} gap="xs" role="toolbar" aria-label={t("container.selected")}>
      <Text size="sm" fw={550} mr="auto">
        {t("container.number", { count: containers.length })}
      </Text>
      {BULK.filter(can).map((deed) => (
        <Button
          key={deed}
          size="xs"
          variant={deed === "remove" ? "light" : "default"}
          color={deed === "remove" ? "red" : undefined}
          onClick={() => onDeed(deed)}
        >
          {t(`container.do.${deed}`)}
        </Button>
      ))}
      <Button size="xs" variant="subtle" color="gray" onClick={onClear}>
        {t("action.cancel")}
      </Button>
    </Group>
  );
}
