import { ActionIcon, Anchor, Button, Group, Progress, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPause, IconPlayerPlay, IconUpload, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { queryClient } from "../../api/queries";
import { byteRate, bytes, duration } from "../../format/units";
import { useSentence } from "../../parts/Notices";
import { base, parent, shown } from "./names";
import { isActive, share, type Transfer } from "./transfer";
import { type Own, uploads } from "./uploads";

/** One transfer: how far it is, and what can be done to it. */
export function TransferRow({ transfer: one, own }: { transfer: Transfer; own: Own | undefined }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const act = (work: Promise<unknown>) =>
    work.catch((error) => notifications.show({ color: "red", message: sentence(error) }));
  const there = one.kind === "upload" || one.kind === "download" ? parent(one.path) : one.path;
  const to = one.kind === "restore" && one.to_path ? parent(one.to_path) : one.to_path;
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
              search={{ host: one.to_host_id ?? one.host_id, path: to ?? there } as never}
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
