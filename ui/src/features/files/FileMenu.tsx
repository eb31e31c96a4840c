import { Menu } from "@mantine/core";
import {
  IconClipboard,
  IconCopy,
  IconCut,
  IconDownload,
  IconEdit,
  IconEye,
  IconFileZip,
  IconFingerprint,
  IconFolderSymlink,
  IconLock,
  IconTrash,
  IconUser,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Entry } from "./entry";

export type Deed =
  | "open"
  | "download"
  | "zip"
  | "tar"
  | "rename"
  | "cut"
  | "clip"
  | "copy"
  | "move"
  | "mode"
  | "owner"
  | "checksum"
  | "path"
  | "delete";

interface Item {
  deed: Deed;
  icon: typeof IconEye;
  /** It changes something. */
  writes: boolean;
  /** For one entry alone. */
  single?: boolean;
  keys?: string;
  after?: boolean;
}

const ITEMS: readonly Item[] = [
  { deed: "open", icon: IconEye, writes: false, single: true, keys: "Enter" },
  { deed: "download", icon: IconDownload, writes: false },
  { deed: "zip", icon: IconFileZip, writes: false },
  { deed: "tar", icon: IconFileZip, writes: false, after: true },
  { deed: "rename", icon: IconEdit, writes: true, single: true, keys: "F2" },
  { deed: "clip", icon: IconCopy, writes: false, keys: "Ctrl C" },
  { deed: "cut", icon: IconCut, writes: true, keys: "Ctrl X" },
  { deed: "copy", icon: IconFolderSymlink, writes: true },
  { deed: "move", icon: IconFolderSymlink, writes: true, after: true },
  { deed: "mode", icon: IconLock, writes: true },
  { deed: "owner", icon: IconUser, writes: true },
  { deed: "checksum", icon: IconFingerprint, writes: false, single: true },
  { deed: "path", icon: IconClipboard, writes: false, single: true, after: true },
  { deed: "delete", icon: IconTrash, writes: true, keys: "Del" },
];

/** What can be done with these entries. */
export function possible(entries: readonly Entry[], mayWrite: boolean): readonly Item[] {
  const [only] = entries;
  const single = entries.length === 1;
  const plain = single && only?.kind === "file";
  return ITEMS.filter((item) => {
    if (entries.length === 0 || (item.writes && !mayWrite) || (item.single && !single)) return false;
    if (item.deed === "checksum") return plain;
    if (item.deed === "download") return entries.every((one) => one.kind === "file" || !single || one.folder);
    if (item.deed === "zip" || item.deed === "tar") return !plain;
    return true;
  });
}

interface FileMenuProps {
  at: { x: number; y: number } | null;
  entries: readonly Entry[];
  mayWrite: boolean;
  onDeed: (deed: Deed) => void;
  onClose: () => void;
}

/** The menu of the chosen entries, where the pointer is. */
export function FileMenu({ at, entries, mayWrite, onDeed, onClose }: FileMenuProps) {
  const { t } = useTranslation();
  const single = entries.length === 1;
  return (
    <Menu opened={at !== null} onChange={(open) => !open && onClose()} position="bottom-start" offset={2}>
      <Menu.Target>
        <span className="menu-point" style={at ? { left: at.x, top: at.y } : undefined} aria-hidden />
      </Menu.Target>
      <Menu.Dropdown>
        {!single && <Menu.Label>{t("files.selected", { count: entries.length })}</Menu.Label>}
        {possible(entries, mayWrite).flatMap((item, place, all) => [
          <Menu.Item
            key={item.deed}
            color={item.deed === "delete" ? "red" : undefined}
            leftSection={<item.icon size={15} />}
            rightSection={item.keys && <span className="menu-keys">{item.keys}</span>}
            onClick={() => onDeed(item.deed)}
          >
            {t(`files.do.${item.deed}`)}
          </Menu.Item>,
          item.after && place < all.length - 1 ? <Menu.Divider key={`${item.deed}-after`} /> : null,
        ])}
      </Menu.Dropdown>
    </Menu>
  );
}
