import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { queryClient, useMay } from "../../api/queries";
import { byteRate } from "../../format/units";
import { TransferRow } from "./TransferRow";
import { isActive, type Transfer } from "./transfer";
import { uploads } from "./uploads";

const WHILE_ACTIVE_MS = 1000;
const LISTED = 50;

/** Somebody wants to know when something has ended on a host: its folder may hold something else now. */
const enders = new Set<(transfer: Transfer) => void>();

export function useEnded(told: (transfer: Transfer) => void): void {
  const latest = useRef(told);
  latest.current = told;
  useEffect(() => {
    const tell = (transfer: Transfer) => latest.current(transfer);
    enders.add(tell);
    return () => {
      enders.delete(tell);
    };
  }, []);
}

async function readTransfers() {
  const before = queryClient.getQueryData<{ items: Transfer[] }>(["transfers"]);
  const next = await data(api.GET("/api/v1/transfers", { params: { query: { state: "all", limit: LISTED } } }));
  const were = new Set(before?.items.filter(isActive).map((one) => one.id));
  for (const one of next.items)
    if (!isActive(one) && (were.has(one.id) || (before && !before.items.some((old) => old.id === one.id))))
      for (const tell of enders) tell(one);
  return next;
}

export function useTransfers(): { items: readonly Transfer[]; active: number } {
  const may = useMay()("files.read");
  useSyncExternalStore(uploads.subscribe, uploads.snapshot);
  const { data: known } = useQuery({
    queryKey: ["transfers"],
    enabled: may,
    refetchInterval: (now) => (now.state.data?.items.some(isActive) ? WHILE_ACTIVE_MS : false),
    queryFn: readTransfers,
  });
  const items = known?.items ?? [];
  return { items, active: items.filter(isActive).length };
}

export const useTransfersOpen = () =>
  useLocalStorage({ key: "moorline.transfers", defaultValue: false, getInitialValueInEffect: false });

/** What is on its way, on every page; it stays until the reader clears it. */
export function TransferDock() {
  const { t } = useTranslation();
  const { items, active } = useTransfers();
  const [open, setOpen] = useTransfersOpen();
  if (!open && active === 0) return null;
  const sum = items.filter((one) => one.state === "running" || uploads.own(one.id)?.going);
  const rate = sum.reduce((all, one) => all + (uploads.own(one.id)?.pace.perS ?? one.bytes_per_s), 0);
  return (
    <section className="dock" aria-label={t("transfer.title")} data-open={open || undefined}>
      <Group justify="space-between" wrap="nowrap" className="dock-head">
        <Text size="sm" fw={550}>
          {active ? t("transfer.active", { count: active }) : t("transfer.title")}
          {rate > 0 && (
            <Text span size="xs" c="dimmed" ml={8} fw={400}>
              {byteRate(rate)}
            </Text>
          )}
        </Text>
        <Group gap={4} wrap="nowrap">
          {open && items.some((one) => !isActive(one)) && (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={clear}>
              {t("transfer.clear")}
            </Button>
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            aria-expanded={open}
            aria-label={t(open ? "transfer.fold" : "transfer.show")}
            onClick={() => setOpen(!open)}
          >
            {open ? <IconChevronDown size={16} /> : <IconChevronUp size={16} />}
          </ActionIcon>
        </Group>
      </Group>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
        <section className="dock-list" tabIndex={0} aria-label={t("transfer.none")}>
          {items.length === 0 && (
            <Text size="sm" c="dimmed" p="sm">
              {t("transfer.none")}
            </Text>
          )}
          {items.map((one) => (
            <TransferRow key={one.id} transfer={one} own={uploads.own(one.id)} />
          ))}
        </section>
      )}
    </section>
  );
}

async function clear(): Promise<void> {
  await api.POST("/api/v1/transfers/clear");
  await queryClient.invalidateQueries({ queryKey: ["transfers"] });
}
