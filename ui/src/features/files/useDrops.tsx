import { notifications } from "@mantine/notifications";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSentence } from "../../parts/Notices";
import type { Ground } from "./calls";
import { type Dropped, dropped, type Picked } from "./drop";
import type { Entry } from "./entry";
import { ClashDialog } from "./HarmDialogs";
import { shown, wired } from "./names";
import { useTransfersOpen } from "./Transfers";
import { SMALL } from "./tree";
import { type Clash, type Target, uploads } from "./uploads";

/** Up to so many files each have an entry of their own in the list of transfers. */
const FEW = 5;

interface Place {
  ground: Ground;
  folder: string;
  entries: readonly Entry[];
  mayWrite: boolean;
  reload: () => void;
}

/** The top name of each: the file's own, or that of the folder it lies in. */
const topOf = ({ file, folders }: Picked) => folders[0] ?? file.name;

/** Sends files alone so that they can be continued, and many small ones together. Raises what is refused at once. */
async function begin(
  target: Target,
  { files, empty }: Dropped,
  there: ReadonlySet<string>,
  clash: Clash,
): Promise<void> {
  const clashes = (one: Picked) => one.folders.length === 0 && there.has(wired(one.file.name));
  const wanted = clash === "skip" ? files.filter((one) => !clashes(one)) : files;
  const many = wanted.length > FEW;
  const alone = wanted.filter((one) => !many || one.file.size > SMALL || clashes(one));
  const together = many ? wanted.filter((one) => !alone.includes(one)) : [];
  for (const one of alone)
    await uploads.file(target, one, one.folders.length ? (clash === "replace" ? clash : "skip") : clash);
  if (together.length || empty.length)
    await uploads.tree(target, { files: together, empty, overwrite: clash === "replace" });
}

/** Files and folders that are dragged here or chosen. */
export function useDrops({ ground, folder, entries, mayWrite, reload }: Place) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [, setOpen] = useTransfersOpen();
  const depth = useRef(0);
  const [over, setOver] = useState(false);
  const [asked, setAsked] = useState<Dropped | null>(null);
  const target: Target = { hostId: ground.hostId, folder, asRoot: ground.asRoot };
  const there = new Set(entries.map((entry) => entry.id));
  const go = async (found: Dropped, clash: Clash) => {
    setOpen(true);
    await begin(target, found, there, clash);
    if (found.files.length === 0) reload();
  };
  const take = async (found: Dropped) => {
    if (found.files.length + found.empty.length === 0) return;
    const tops = [...found.files.map(topOf), ...found.empty.map((folders) => folders[0] as string)];
    if (tops.some((name) => there.has(wired(name)))) setAsked(found);
    else
      await go(found, "skip").catch((error) =>
        notifications.show({ color: "red", message: sentence(error), autoClose: 10_000 }),
      );
  };
  const ours = (event: React.DragEvent) => mayWrite && event.dataTransfer.types.includes("Files");
  const handlers = {
    onDragEnter: (event: React.DragEvent) => {
      if (!ours(event)) return;
      depth.current += 1;
      setOver(true);
    },
    onDragLeave: (event: React.DragEvent) => {
      if (!ours(event)) return;
      depth.current -= 1;
      if (depth.current <= 0) setOver(false);
    },
    onDragOver: (event: React.DragEvent) => {
      if (ours(event)) event.preventDefault();
    },
    onDrop: async (event: React.DragEvent) => {
      depth.current = 0;
      setOver(false);
      if (!ours(event)) return;
      event.preventDefault();
      await take(await dropped(event.dataTransfer.items));
    },
  };
  const dialog: ReactNode = asked && (
    <ClashDialog
      names={[...new Set([...asked.files.map(topOf), ...asked.empty.map((one) => one[0] as string)])]
        .filter((name) => there.has(wired(name)))
        .map((name) => shown(wired(name)))}
      folders={asked.files.some((one) => one.folders.length > 0) || asked.empty.length > 0}
      onChoose={(clash) => go(asked, clash)}
      onClose={() => setAsked(null)}
    />
  );
  return { over, handlers, take, dialog, hint: t("files.dropHere") };
}
