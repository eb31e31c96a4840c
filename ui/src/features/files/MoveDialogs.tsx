import { Checkbox, Code, Group, Loader, SegmentedControl, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFleet } from "../../live/hooks";
import { Copyable } from "../../parts/Copyable";
import { ErrorNote } from "../../parts/Notices";
import { type Algorithm, checksum, copy, type Ground, move, relay } from "./calls";
import { Dialog } from "./Dialog";
import type { Entry } from "./entry";
import { Names } from "./HarmDialogs";
import { base, editable, join, wired } from "./names";

interface PlaceDialogProps {
  kind: "copy" | "move";
  ground: Ground;
  folder: string;
  entries: readonly Entry[];
  onClose: () => void;
  onDone: () => void;
}

/** Copies or moves to another folder, or copies to another host. */
export function PlaceDialog({ kind, ground, folder, entries, onClose, onDone }: PlaceDialogProps) {
  const { t } = useTranslation();
  const { hosts } = useFleet();
  const first = editable(folder);
  const [hostId, setHostId] = useState(ground.hostId);
  const [typed, setTyped] = useState(first.text);
  const [overwrite, setOverwrite] = useState(false);
  const [rootThere, setRootThere] = useState(false);
  const elsewhere = hostId !== ground.hostId;
  const names = entries.map((entry) => entry.id);
  const paths = names.map((name) => join(folder, name));
  const to = typed === first.text ? folder : wired(typed.trim().replace(/(?<=.)\/+$/, ""));
  const go = async () => {
    if (elsewhere) await relay(ground, paths, { hostId, path: to, asRoot: rootThere }, overwrite);
    else if (kind === "copy") await copy(ground, paths, to, overwrite);
    else
      await move(
        ground,
        paths.map((from) => ({ from, to: join(to, base(from)) })),
        overwrite,
      );
    onDone();
  };
  const why = !/^[/~]/.test(typed.trim())
    ? t("files.absolute")
    : kind === "move" && to === folder
      ? t("files.otherFolder")
      : undefined;
  const choices = [...hosts.values()]
    .filter((host) => host.state === "up" || host.id === ground.hostId)
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))
    .map((host) => ({ value: String(host.id), label: host.name }));
  return (
    <Dialog title={t(`files.${kind}Title`)} action={t(`files.do.${kind}`)} why={why} onDo={go} onClose={onClose}>
      <Names names={entries.map((entry) => entry.shown)} />
      {kind === "copy" && choices.length > 1 && (
        <Select
          label={t("files.toHost")}
          searchable
          allowDeselect={false}
          data={choices}
          value={String(hostId)}
          onChange={(next) => next && setHostId(Number(next))}
        />
      )}
      <TextInput
        data-autofocus
        label={t("files.toFolder")}
        className="mono-input"
        value={typed}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {elsewhere && (
        <>
          <Text size="xs" c="dimmed">
            {t("files.relayText")}
          </Text>
          <Checkbox
            label={t("files.rootThere")}
            checked={rootThere}
            onChange={(event) => setRootThere(event.currentTarget.checked)}
          />
        </>
      )}
      <Checkbox
        label={t("files.overwrite")}
        checked={overwrite}
        onChange={(event) => setOverwrite(event.currentTarget.checked)}
      />
    </Dialog>
  );
}

const ALGORITHMS: readonly Algorithm[] = ["sha256", "sha512", "sha1", "md5"];

/** The checksum of a file, to be compared with one that somebody else gave. */
export function ChecksumDialog({
  ground,
  path,
  name,
  onClose,
}: {
  ground: Ground;
  path: string;
  name: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [algorithm, setAlgorithm] = useState<Algorithm>("sha256");
  const [other, setOther] = useState("");
  const query = useQuery({
    queryKey: ["checksum", ground.hostId, ground.asRoot, path, algorithm],
    gcTime: 0,
    staleTime: 0,
    queryFn: () => checksum(ground, path, algorithm),
  });
  const given = other.trim().split(/\s+/)[0]?.toLowerCase() ?? "";
  const same = given !== "" && given === query.data?.hex;
  return (
    <Dialog
      title={t("files.checksumOf", { name })}
      action={t("action.done")}
      size="lg"
      onDo={async () => undefined}
      onClose={onClose}
    >
      <SegmentedControl
        size="xs"
        aria-label={t("files.algorithm")}
        value={algorithm}
        onChange={(next) => setAlgorithm(next as Algorithm)}
        data={ALGORITHMS.map((value) => ({ value, label: value.toUpperCase().replace("SHA", "SHA-") }))}
      />
      {query.error ? (
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      ) : query.data ? (
        <Copyable value={query.data.hex} label={algorithm} open />
      ) : (
        <Group gap="xs">
          <Loader size="xs" />
          <Code>{t("files.hashing")}</Code>
        </Group>
      )}
      <TextInput
        label={t("files.compare")}
        className="mono-input"
        value={other}
        spellCheck={false}
        onChange={(event) => setOther(event.currentTarget.value)}
      />
      {given !== "" && query.data && (
        <Text size="sm" fw={550} role="status" c={same ? "var(--state-up)" : "var(--state-bad)"}>
          {t(same ? "files.same" : "files.different")}
        </Text>
      )}
    </Dialog>
  );
}
