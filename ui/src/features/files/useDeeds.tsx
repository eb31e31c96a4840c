import { notifications } from "@mantine/notifications";
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useSentence } from "../../parts/Notices";
import { copy, download, type Ground, move, relay } from "./calls";
import { clipboard } from "./clipboard";
import type { Entry } from "./entry";
import { type Deed, possible } from "./FileMenu";
import { DeleteDialog } from "./HarmDialogs";
import { ChecksumDialog, PlaceDialog } from "./MoveDialogs";
import { NewDialog, RenameDialog } from "./NameDialogs";
import { base, join } from "./names";
import { ModeDialog, OwnerDialog } from "./RightsDialogs";

interface Here {
  ground: Ground;
  folder: string;
  entries: readonly Entry[];
  chosen: readonly Entry[];
  mayWrite: boolean;
  open: (entry: Entry) => void;
  up: () => void;
  editPath: () => void;
  reload: () => void;
  select: (id: string) => void;
}

export type New = "folder" | "file" | "link";
type Asked = { deed: Deed; entries: readonly Entry[] } | { make: New };
interface Point {
  x: number;
  y: number;
}

/** All that can be done with the chosen entries: from the menu, the toolbar or the keyboard. */
export function useDeeds(here: Here) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [menu, setMenu] = useState<Point | null>(null);
  const held = useSyncExternalStore(clipboard.subscribe, clipboard.snapshot);
  const { ground, folder, chosen } = here;
  const attempt = (work: Promise<unknown>) =>
    work.catch((error) => notifications.show({ color: "red", message: sentence(error), autoClose: 10_000 }));
  const paths = chosen.map((entry) => join(folder, entry.id));
  const run = (deed: Deed) => {
    const [only] = chosen;
    if (!only || !possible(chosen, here.mayWrite).some((item) => item.deed === deed)) return;
    if (deed === "open") here.open(only);
    else if (deed === "download") attempt(download(ground, paths, chosen.length === 1 && !only.folder ? null : "zip"));
    else if (deed === "zip") attempt(download(ground, paths, "zip"));
    else if (deed === "tar") attempt(download(ground, paths, "tar.gz"));
    else if (deed === "clip" || deed === "cut") {
      clipboard.put({ ground, folder, paths, cut: deed === "cut" });
      notifications.show({ message: t(deed === "cut" ? "files.wasCut" : "files.wasCopied", { count: paths.length }) });
    } else if (deed === "path") {
      navigator.clipboard?.writeText(paths.join("\n")).catch(() => undefined);
      notifications.show({ message: t("action.copied") });
    } else setAsked({ deed, entries: chosen });
  };
  const paste = () => {
    if (!held) return;
    const other = held.ground.hostId !== ground.hostId;
    const work = other
      ? relay(held.ground, [...held.paths], { hostId: ground.hostId, path: folder, asRoot: ground.asRoot }, false)
      : held.cut
        ? move(
            ground,
            held.paths.map((from) => ({ from, to: join(folder, base(from)) })),
          )
        : copy(ground, [...held.paths], folder);
    if (held.cut) clipboard.put(null);
    attempt(work.then(here.reload));
  };
  const press = (event: React.KeyboardEvent, at: Entry | undefined): boolean => {
    const ctrl = event.ctrlKey || event.metaKey;
    const deeds: Record<string, Deed> = ctrl ? { c: "clip", x: "cut" } : { F2: "rename", Delete: "delete" };
    const deed = deeds[event.key];
    if (deed) {
      if (chosen.length === 0 && at) here.select(at.id);
      run(deed);
      return true;
    }
    if (ctrl && event.key === "v" && here.mayWrite) paste();
    else if (event.key === "Backspace" || (event.altKey && event.key === "ArrowUp")) here.up();
    else if (ctrl && event.key === "l") here.editPath();
    else if ((event.key === "ContextMenu" || event.key === "." || (event.shiftKey && event.key === "F10")) && at) {
      const row = document.querySelector(`.file-row[data-here]`)?.getBoundingClientRect();
      if (chosen.length === 0) here.select(at.id);
      setMenu({ x: (row?.left ?? 0) + 48, y: row?.bottom ?? 0 });
    } else return false;
    return true;
  };
  const close = () => setAsked(null);
  return {
    run,
    paste,
    press,
    menu,
    clipboard: held,
    make: (kind: New) => setAsked({ make: kind }),
    openMenu: (_: Entry, at: Point) => setMenu(at),
    closeMenu: () => setMenu(null),
    dialog: asked && dialogOf(asked, here, close),
  };
}

function dialogOf(asked: Asked, here: Here, onClose: () => void): ReactNode {
  const { ground, folder } = here;
  const common = { ground, folder, onClose };
  const named = (id: string) => {
    here.reload();
    here.select(id);
  };
  if ("make" in asked) return <NewDialog kind={asked.make} {...common} onDone={named} />;
  const { deed, entries } = asked;
  const [only] = entries;
  if (!only) return null;
  const several = { ...common, entries, onDone: here.reload };
  switch (deed) {
    case "rename":
      return <RenameDialog entry={only} {...common} onDone={named} />;
    case "delete":
      return <DeleteDialog {...several} />;
    case "mode":
      return <ModeDialog {...several} />;
    case "owner":
      return <OwnerDialog {...several} />;
    case "copy":
    case "move":
      return <PlaceDialog kind={deed} {...several} />;
    case "checksum":
      return <ChecksumDialog ground={ground} path={join(folder, only.id)} name={only.shown} onClose={onClose} />;
    default:
      return null;
  }
}
