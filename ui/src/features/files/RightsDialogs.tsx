import { Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Ground, setMode, setOwner } from "./calls";
import { Dialog } from "./Dialog";
import type { Entry } from "./entry";
import { Names } from "./HarmDialogs";
import { Modes } from "./Modes";
import { join, wired } from "./names";

interface RightsDialogProps {
  ground: Ground;
  folder: string;
  entries: readonly Entry[];
  onClose: () => void;
  onDone: () => void;
}

/** A folder that may be read has to be searched too. */
const searchable = (mode: number) => mode | ((mode & 0o444) >> 2);

export function ModeDialog({ ground, folder, entries, onClose, onDone }: RightsDialogProps) {
  const { t } = useTranslation();
  const [mode, setShown] = useState((entries[0]?.mode ?? 0o644) & 0o7777);
  const [recursive, setRecursive] = useState(false);
  const [apart, setApart] = useState(true);
  const folders = entries.some((entry) => entry.folder && entry.kind === "folder");
  const change = async () => {
    const paths = entries.map((entry) => join(folder, entry.id));
    await setMode(ground, paths, { mode, recursive, folder_mode: recursive && apart ? searchable(mode) : null });
    onDone();
  };
  return (
    <Dialog title={t("mode.title")} action={t("mode.set")} onDo={change} onClose={onClose}>
      <Names names={entries.map((entry) => entry.shown)} />
      <Modes mode={mode} onChange={setShown} />
      {folders && (
        <Stack gap={8}>
          <Checkbox
            label={t("mode.recursive")}
            description={t("mode.recursiveText")}
            checked={recursive}
            onChange={(event) => setRecursive(event.currentTarget.checked)}
          />
          {recursive && (
            <Checkbox
              label={t("mode.searchable")}
              description={t("mode.searchableText")}
              checked={apart}
              onChange={(event) => setApart(event.currentTarget.checked)}
            />
          )}
        </Stack>
      )}
    </Dialog>
  );
}

export function OwnerDialog({ ground, folder, entries, onClose, onDone }: RightsDialogProps) {
  const { t } = useTranslation();
  const same = (read: (entry: Entry) => string) => {
    const all = new Set(entries.map(read));
    return all.size === 1 ? ([...all][0] as string) : "";
  };
  const [owner, setOwnerName] = useState(() => same((entry) => entry.owner));
  const [group, setGroup] = useState(() => same((entry) => entry.group));
  const [recursive, setRecursive] = useState(false);
  const change = async () => {
    const paths = entries.map((entry) => join(folder, entry.id));
    const name = (typed: string) => (typed.trim() ? wired(typed.trim()) : null);
    await setOwner(ground, paths, { owner: name(owner), group: name(group), recursive });
    onDone();
  };
  return (
    <Dialog
      title={t("owner.title")}
      action={t("owner.set")}
      why={owner.trim() || group.trim() ? undefined : t("owner.first")}
      onDo={change}
      onClose={onClose}
    >
      <Names names={entries.map((entry) => entry.shown)} />
      <Group grow>
        <TextInput
          data-autofocus
          label={t("owner.owner")}
          value={owner}
          autoComplete="off"
          onChange={(event) => setOwnerName(event.currentTarget.value)}
        />
        <TextInput
          label={t("owner.group")}
          value={group}
          autoComplete="off"
          onChange={(event) => setGroup(event.currentTarget.value)}
        />
      </Group>
      <Text size="xs" c="dimmed">
        {t("owner.text")}
      </Text>
      {entries.some((entry) => entry.kind === "folder") && (
        <Checkbox
          label={t("mode.recursive")}
          description={t("mode.recursiveText")}
          checked={recursive}
          onChange={(event) => setRecursive(event.currentTarget.checked)}
        />
      )}
    </Dialog>
  );
}
