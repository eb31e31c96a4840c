import { ActionIcon, Button, Group, Menu, Text, Tooltip } from "@mantine/core";
import {
  IconClipboardText,
  IconEye,
  IconEyeOff,
  IconFilePlus,
  IconFileSearch,
  IconFolderPlus,
  IconLink,
  IconPlus,
  IconRefresh,
  IconTrash,
  IconUpload,
  IconX,
} from "@tabler/icons-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { bytes } from "../../format/units";
import { SearchBox } from "../../parts/SearchBox";
import type { About, Ground } from "./calls";
import type { Held } from "./clipboard";
import { chosen as chosenFiles, type Dropped } from "./drop";
import type { Entry } from "./entry";
import { type Deed, possible } from "./FileMenu";
import type { Listing } from "./listing";
import { RootSwitch } from "./RootSwitch";
import type { FilesSearch } from "./search";
import type { New } from "./useDeeds";

interface ToolbarProps {
  host: Host;
  about: About | undefined;
  ground: Ground;
  search: FilesSearch;
  chosen: readonly Entry[];
  hidden: boolean;
  mayWrite: boolean;
  paste: Held | null;
  onHidden: (hidden: boolean) => void;
  onChange: (next: Partial<FilesSearch>, replace?: boolean) => void;
  onDeed: (deed: Deed) => void;
  onNew: (kind: New) => void;
  onPaste: () => void;
  onPick: (found: Dropped) => void;
  onReload: () => void;
  /** Nothing is chosen any more. */
  onClear: () => void;
}

const NEW: readonly { kind: New; icon: typeof IconLink }[] = [
  { kind: "folder", icon: IconFolderPlus },
  { kind: "file", icon: IconFilePlus },
  { kind: "link", icon: IconLink },
];
/** Beside the count of the chosen ones; the rest is in their menu. */
const DIRECT: readonly Deed[] = ["download", "rename", "copy", "move", "mode", "delete"];

export function Toolbar(props: ToolbarProps) {
  const { host, about, ground, search, chosen, hidden, mayWrite, paste, onChange } = props;
  const { t } = useTranslation();
  return (
    <Group gap="xs" className="file-tools">
      {mayWrite && <Making {...props} />}
      {chosen.length > 0 ? (
        <Chosen chosen={chosen} mayWrite={mayWrite} onDeed={props.onDeed} onClear={props.onClear} />
      ) : (
        <>
          {mayWrite && paste && (
            <Button variant="default" leftSection={<IconClipboardText size={15} />} onClick={props.onPaste}>
              {t(paste.cut ? "files.moveHere" : "files.copyHere", { count: paste.paths.length })}
            </Button>
          )}
          <SearchBox
            label={t("files.filter")}
            value={search.q ?? ""}
            onChange={(q) => onChange({ q: q || undefined }, true)}
          />
        </>
      )}
      <Group gap="xs" ml="auto">
        <RootSwitch
          hostId={host.id}
          about={about}
          on={ground.asRoot}
          onChange={(root) => onChange({ root: root || undefined })}
        />
        <Icon
          icon={hidden ? IconEye : IconEyeOff}
          label={t(hidden ? "files.hideHidden" : "files.showHidden")}
          pressed={hidden}
          onClick={() => props.onHidden(!hidden)}
        />
        <Icon
          icon={IconFileSearch}
          label={t("files.find")}
          pressed={search.find === true}
          onClick={() => onChange({ find: search.find ? undefined : true })}
        />
        <Icon icon={IconTrash} label={t("trash.title")} onClick={() => onChange({ trash: true })} />
        <Icon icon={IconRefresh} label={t("action.refresh")} onClick={props.onReload} />
      </Group>
    </Group>
  );
}

function Making({ onNew, onPick }: Pick<ToolbarProps, "onNew" | "onPick">) {
  const { t } = useTranslation();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (field: HTMLInputElement) => {
    if (field.files) onPick(chosenFiles(field.files));
    field.value = "";
  };
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button variant="default" leftSection={<IconPlus size={15} />}>
            {t("files.makeNew")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {NEW.map(({ kind, icon: One }) => (
            <Menu.Item key={kind} leftSection={<One size={15} />} onClick={() => onNew(kind)}>
              {t(`files.new.${kind}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button leftSection={<IconUpload size={15} />}>{t("files.upload")}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => files.current?.click()}>{t("files.uploadFiles")}</Menu.Item>
          <Menu.Item onClick={() => folder.current?.click()}>{t("files.uploadFolder")}</Menu.Item>
          <Menu.Label>{t("files.orDrop")}</Menu.Label>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label={t("files.uploadFiles")}
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label={t("files.uploadFolder")}
        {...{ webkitdirectory: "" }}
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
}

interface ChosenProps {
  chosen: readonly Entry[];
  mayWrite: boolean;
  onDeed: (deed: Deed) => void;
  onClear: () => void;
}

function Chosen({ chosen, mayWrite, onDeed, onClear }: ChosenProps) {
  const { t } = useTranslation();
  const items = possible(chosen, mayWrite).filter((item) => DIRECT.includes(item.deed));
  return (
    <Group gap="xs" role="toolbar" aria-label={t("files.chosen")}>
      {items.map((item) => (
        <Button
          key={item.deed}
          variant={item.deed === "delete" ? "light" : "default"}
          color={item.deed === "delete" ? "red" : undefined}
          leftSection={<item.icon size={15} stroke={1.6} />}
          onClick={() => onDeed(item.deed)}
        >
          {t(`files.do.${item.deed}`)}
        </Button>
      ))}
      <Icon icon={IconX} label={t("files.clear")} onClick={onClear} />
    </Group>
  );
}

interface IconProps {
  icon: typeof IconLink;
  label: string;
  pressed?: boolean;
  onClick: () => void;
}

function Icon({ icon: One, label, pressed, onClick }: IconProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant={pressed ? "light" : "default"}
        size={32}
        aria-label={label}
        aria-pressed={pressed}
        onClick={onClick}
      >
        <One size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}

interface StatusBarProps {
  listing: Listing;
  shown: number;
  chosen: readonly Entry[];
}

/** How many there are, what is chosen, and how much room is left. */
export function StatusBar({ listing, shown, chosen }: StatusBarProps) {
  const { t } = useTranslation();
  const size = chosen.reduce((sum, entry) => sum + (entry.kind === "file" ? entry.size : 0), 0);
  const { space, entries, busy } = listing;
  return (
    <Group justify="space-between" gap="xs" className="file-status">
      <Text size="xs" c="dimmed" role="status">
        {busy && entries.length > 0 && `${t("files.reading")} `}
        {t("files.number", { count: entries.length })}
        {shown !== entries.length && ` · ${t("files.numberShown", { count: shown })}`}
        {chosen.length > 0 && ` · ${t("files.selected", { count: chosen.length })}`}
        {size > 0 && ` (${bytes(size)})`}
      </Text>
      {space && (
        <Text size="xs" c="dimmed">
          {t("files.space", { free: bytes(space.available), total: bytes(space.total) })}
        </Text>
      )}
    </Group>
  );
}
