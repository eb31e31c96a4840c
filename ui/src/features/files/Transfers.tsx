import { ActionIcon, Anchor, Button, Group, Progress, Text, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import {
  IconChevronDown,
  IconChevronUp,
  IconPlayerPause,
  IconPlayerPlay,
  IconUpload,
  IconX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { queryClient, useMay } from "../../api/queries";
import { byteRate, bytes, duration } from "../../format/units";
import { useSentence } from "../../parts/Notices";
import { base, parent, shown } from "./names";
import { isActive, share, type Transfer } from "./transfer";
import { type Own, uploads } from "./uploads";

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

function TransferRow({ transfer: one, own }: { transfer: Transfer; own: Own | undefined }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const act = (work: Promise<unknown>) =>
    work.catch((error) => notifications.show({ color: "red", message: sentence(error) }));
  const there = one.kind === "upload" || one.kind === "download" ? parent(one.path) : one.path;
  const sent = own ? { ...one, done_bytes: Math.max(own.sent, one.done_bytes) } : one;
  const percent = share(sent);
  const active = isActive(one);
  const orphan = one.kind === "upload" && one.state === "waiting" && !own;
  const error = own?.error ?? one.error;
  return (
    <div className="dock-row" data-transfer={one.kind} data-state={error && active ? "failed" : one.state}>
      <Group justify="space-between" gap={8} wrap="nowrap">
        <Text size="sm" truncate title={shown(one.path)}>
          <span className="quiet">{t(`transfer.kind.${one.kind}`)}</span> {nameOf(one, t)}
        </Text>
        <Group gap={0} wrap="nowrap">
          {active && one.pausable && one.state !== "paused" && !orphan && (
            <Small
              icon={IconPlayerPause}
              label={t("transfer.pause")}
              of={nameOf(one, t)}
              onClick={() => act(uploads.pause(one.id))}
            />
          )}
          {active && (one.state === "paused" || (own?.error && one.pausable)) && (own || one.kind !== "upload") && (
            <Small
              icon={IconPlayerPlay}
              label={t("transfer.resume")}
              of={nameOf(one, t)}
              onClick={() => act(uploads.resume(one.id))}
            />
          )}
          {active ? (
            <Small
              icon={IconX}
              label={t("action.cancel")}
              of={nameOf(one, t)}
              onClick={() => act(uploads.cancel(one.id))}
            />
          ) : (
            <Small icon={IconX} label={t("transfer.forget")} of={nameOf(one, t)} onClick={() => act(forget(one.id))} />
          )}
        </Group>
      </Group>
      {active && (
        <Progress size={3} value={percent ?? 100} animated={percent === null} my={4} aria-label={nameOf(one, t)} />
      )}
      <Text size="xs" c={error ? "var(--state-bad)" : "dimmed"} style={{ overflowWrap: "anywhere" }}>
        {error ? error : <Words transfer={sent} own={own} />}
        {!error && (
          <>
            {" · "}
            <Anchor
              component={Link}
              size="xs"
              to="/files"
              search={{ host: one.to_host_id ?? one.host_id, path: one.to_path ?? there } as never}
            >
              {one.to_host_name ?? one.host_name}
            </Anchor>
          </>
        )}
      </Text>
      {orphan && <Again transfer={one} />}
    </div>
  );
}

function nameOf(one: Transfer, t: (key: string, values: Record<string, unknown>) => string): string {
  const [first] = one.names;
  if (one.kind === "upload") return shown(base(one.path));
  const rest = (one.total_files ?? one.names.length) - 1;
  if (one.kind === "tree") return shown(base(one.path));
  return first === undefined
    ? shown(base(one.path))
    : one.names.length > 1
      ? t("transfer.andOthers", { name: shown(first), count: Math.max(rest, one.names.length - 1) })
      : shown(first);
}

/** How far it is, how fast, and how long it will take; at the end, what came of it. */
function Words({ transfer: one, own }: { transfer: Transfer; own: Own | undefined }) {
  const { t, i18n } = useTranslation();
  const parts: string[] = [];
  const going = one.state === "running" || own?.going;
  if (!going) parts.push(t(`transfer.state.${own && one.state === "waiting" ? "queued" : one.state}`));
  if (isActive(one) && one.total_bytes) parts.push(`${bytes(one.done_bytes)} / ${bytes(one.total_bytes)}`);
  else if (one.done_bytes) parts.push(bytes(one.done_bytes));
  if ((one.total_files ?? 0) > 1) parts.push(t("transfer.files", { done: one.done_files, total: one.total_files }));
  if (going) {
    const speed = own?.pace.perS ?? one.bytes_per_s;
    const left = own ? own.pace.leftS : one.left_s;
    if (speed) parts.push(byteRate(speed));
    if (left != null) parts.push(t("transfer.left", { time: duration(left, i18n.language) }));
  }
  if (one.warnings.length) parts.push(one.warnings[0] as string);
  return parts.join(" · ");
}

async function forget(id: number): Promise<void> {
  await api.DELETE("/api/v1/transfers/{transfer_id}", { params: { path: { transfer_id: id } } });
  await queryClient.invalidateQueries({ queryKey: ["transfers"] });
}

/** An upload that a reload has parted from its file: the same file is chosen again, and it goes on where it was. */
function Again({ transfer }: { transfer: Transfer }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined) => {
    if (!file) return;
    if (file.size !== transfer.total_bytes)
      notifications.show({ color: "red", message: t("transfer.otherFile", { size: bytes(transfer.total_bytes) }) });
    else uploads.take(transfer, file);
  };
  return (
    <>
      <input
        ref={field}
        type="file"
        hidden
        aria-label={t("transfer.chooseAgain")}
        onChange={(event) => take(event.currentTarget.files?.[0])}
      />
      <Button
        mt={4}
        size="compact-sm"
        variant="light"
        leftSection={<IconUpload size={14} />}
        onClick={() => field.current?.click()}
      >
        {t("transfer.chooseAgain")}
      </Button>
    </>
  );
}

interface SmallProps {
  icon: typeof IconX;
  label: string;
  of: string;
  onClick: () => void;
}

function Small({ icon: Icon, label, of, onClick }: SmallProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size={26} aria-label={`${label}: ${of}`} onClick={onClick}>
        <Icon size={15} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
