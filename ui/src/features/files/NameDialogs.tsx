import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Ground, makeFile, makeFolder, makeLink, move } from "./calls";
import { Dialog } from "./Dialog";
import type { Entry } from "./entry";
import { editable, join, wired } from "./names";

interface Common {
  ground: Ground;
  folder: string;
  onClose: () => void;
  /** With the name of what there is now. */
  onDone: (id: string) => void;
}

const NAME = /^(?!\.{1,2}$)[^/\0]+$/;

export function NewDialog({ kind, ground, folder, onClose, onDone }: Common & { kind: "folder" | "file" | "link" }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [target, setTarget] = useState("");
  const make = async () => {
    const id = wired(name);
    const path = join(folder, id);
    if (kind === "folder") await makeFolder(ground, path);
    else if (kind === "file") await makeFile(ground, path);
    else await makeLink(ground, path, wired(target));
    onDone(id);
  };
  const why = !NAME.test(name) ? t("files.nameFirst") : kind === "link" && !target ? t("files.targetFirst") : undefined;
  return (
    <Dialog title={t(`files.new.${kind}`)} action={t("files.create")} why={why} onDo={make} onClose={onClose}>
      <TextInput
        data-autofocus
        label={t("files.column.name")}
        value={name}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {kind === "link" && (
        <TextInput
          label={t("files.leadsTo")}
          className="mono-input"
          value={target}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTarget(event.currentTarget.value)}
        />
      )}
    </Dialog>
  );
}

export function RenameDialog({ entry, ground, folder, onClose, onDone }: Common & { entry: Entry }) {
  const { t } = useTranslation();
  const before = editable(entry.id);
  const [name, setName] = useState(before.text);
  const rename = async () => {
    const id = name === before.text ? entry.id : before.raw ? name : wired(name);
    if (id !== entry.id) await move(ground, [{ from: join(folder, entry.id), to: join(folder, id) }]);
    onDone(id);
  };
  return (
    <Dialog
      title={t("files.renameTitle", { name: entry.shown })}
      action={t("action.rename")}
      why={NAME.test(name) ? undefined : t("files.nameFirst")}
      onDo={rename}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={t("files.column.name")}
        value={name}
        autoComplete="off"
        spellCheck={false}
        onFocus={(event) => {
          // the end of a file's name says what it is, and mostly stays
          const at = name.lastIndexOf(".");
          event.currentTarget.setSelectionRange(0, at > 0 && !entry.folder ? at : name.length);
        }}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {before.raw && (
        <Text size="xs" c="dimmed">
          {t("files.rawName")}
        </Text>
      )}
    </Dialog>
  );
}
