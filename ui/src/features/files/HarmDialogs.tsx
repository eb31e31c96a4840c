import { Checkbox, List, Radio, Skeleton, Stack, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { bytes } from "../../format/units";
import { ErrorNote, useSentence } from "../../parts/Notices";
import { offerUndo } from "../../parts/undo";
import { type Ground, measure, putBack, remove } from "./calls";
import { Dialog } from "./Dialog";
import type { Entry } from "./entry";
import { join } from "./names";
import type { Clash } from "./uploads";

const NAMED = 6;

/** The first names of many. */
export function Names({ names }: { names: readonly string[] }) {
  const { t } = useTranslation();
  const rest = names.length - NAMED;
  return (
    <List size="sm" className="name-list">
      {names.slice(0, NAMED).map((name) => (
        <List.Item key={name}>{name}</List.Item>
      ))}
      {rest > 0 && <List.Item>{t("files.andOthers", { count: rest })}</List.Item>}
    </List>
  );
}

interface DeleteDialogProps {
  ground: Ground;
  folder: string;
  entries: readonly Entry[];
  onClose: () => void;
  onDone: () => void;
}

/** Says how many and how much before anything goes. */
export function DeleteDialog({ ground, folder, entries, onClose, onDone }: DeleteDialogProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [trash, setTrash] = useLocalStorage({ key: "moorline.files.trash", defaultValue: false });
  const paths = entries.map((entry) => join(folder, entry.id));
  const size = useQuery({
    queryKey: ["measure", ground.hostId, ground.asRoot, ...paths],
    gcTime: 0,
    staleTime: 0,
    queryFn: () => measure(ground, paths),
  });
  const [only] = entries;
  const single = entries.length === 1 && only ? only : null;
  return (
    <Dialog
      title={single ? t("files.deleteOne", { name: single.shown }) : t("files.deleteMany", { count: entries.length })}
      action={t(trash ? "files.toTrash" : "action.delete")}
      color="red.8"
      why={size.isPending ? t("files.measuring") : undefined}
      onClose={onClose}
      onDo={async () => {
        const { trashed } = await remove(ground, paths, trash);
        onDone();
        const undo = () =>
          putBack(ground, trashed)
            .then(onDone)
            .catch((error) => notifications.show({ color: "red", message: sentence(error), autoClose: 10_000 }));
        if (trashed.length === paths.length) offerUndo(t("trash.wasPut", { count: paths.length }), undo);
      }}
    >
      {!single && <Names names={entries.map((entry) => entry.shown)} />}
      {single?.kind === "link" && <Text size="sm">{t("files.linkOnly")}</Text>}
      {size.error ? (
        <ErrorNote error={size.error} onRetry={() => size.refetch()} />
      ) : size.data ? (
        <Text size="sm" fw={550} role="status">
          {size.data.complete ? "" : "> "}
          {[
            t("files.fileCount", { count: size.data.files }),
            ...(size.data.folders ? [t("files.folderCount", { count: size.data.folders })] : []),
            bytes(size.data.bytes),
          ].join(", ")}
        </Text>
      ) : (
        <Skeleton height={18} aria-label={t("files.measuring")} />
      )}
      <Checkbox
        label={t("files.trash")}
        description={t("files.trashText")}
        checked={trash}
        onChange={(event) => setTrash(event.currentTarget.checked)}
      />
      {!trash && (
        <Text size="sm" c="dimmed">
          {t("files.noUndo")}
        </Text>
      )}
    </Dialog>
  );
}

interface ClashDialogProps {
  names: readonly string[];
  /** Folders are put together, they get no other name. */
  folders: boolean;
  onChoose: (clash: Clash) => Promise<unknown>;
  onClose: () => void;
}

/** Something of that name is there already. */
export function ClashDialog({ names, folders, onChoose, onClose }: ClashDialogProps) {
  const { t } = useTranslation();
  const [clash, setClash] = useState<Clash>(folders ? "skip" : "rename");
  const ways: readonly Clash[] = folders ? ["skip", "replace"] : ["rename", "replace", "skip"];
  return (
    <Dialog
      title={t("files.clashTitle", { count: names.length })}
      action={t("files.goOn")}
      color={clash === "replace" ? "red.8" : undefined}
      onClose={onClose}
      onDo={() => onChoose(clash)}
    >
      <Names names={names} />
      <Radio.Group
        value={clash}
        onChange={(next) => setClash(next as Clash)}
        aria-label={t("files.clashTitle", { count: names.length })}
      >
        <Stack gap={8}>
          {ways.map((way) => (
            <Radio key={way} value={way} label={t(`files.clash.${way}`)} />
          ))}
        </Stack>
      </Radio.Group>
    </Dialog>
  );
}
