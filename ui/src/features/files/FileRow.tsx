import { ActionIcon, Checkbox, Text } from "@mantine/core";
import {
  IconDots,
  IconFile,
  IconFileTypePdf,
  IconFileZip,
  IconFolder,
  IconLink,
  IconLinkOff,
  IconPhoto,
  IconPlug,
} from "@tabler/icons-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { bytes, exact, stamp } from "../../format/units";
import { Marked } from "../fleet/Marked";
import { type Entry, lookOf } from "./entry";
import { letters, octal } from "./mode";
import type { Held } from "./selection";

interface RowProps {
  entry: Entry;
  place: number;
  top: number;
  words: string;
  phone: boolean;
  selected: boolean;
  /** The keyboard stands here. */
  here: boolean;
  href: string;
  menuLabel: string;
  onPick: (held: Held) => void;
  onOpen: () => void;
  onMenu: (at: { x: number; y: number }) => void;
}

/** Of a grid by its roles; rows of a table could not be placed one by one. */
const CELL = { role: "gridcell" };

export const FileRow = memo(
  function FileRow(props: RowProps) {
    const { entry, place, top, phone, selected, here, menuLabel, onPick, onMenu } = props;
    const { i18n } = useTranslation();
    const when = entry.modified ? new Date(entry.modified).toISOString() : null;
    const held = (event: React.MouseEvent): Held => ({ ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey });
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keyboard
      // biome-ignore lint/a11y/noStaticElementInteractions: a row of a grid, by what is spread
      <div
        id={`file-${place}`}
        {...{ role: "row", "aria-selected": selected, "aria-rowindex": place + 1 }}
        className="file-row"
        data-phone={phone || undefined}
        data-selected={selected || undefined}
        data-here={here || undefined}
        data-name={entry.shown}
        style={{ transform: `translateY(${top}px)` }}
        onClick={(event) => onPick(held(event))}
        onContextMenu={(event) => {
          event.preventDefault();
          onMenu({ x: event.clientX, y: event.clientY });
        }}
      >
        <span {...CELL}>
          <Checkbox
            size="xs"
            tabIndex={-1}
            aria-hidden
            checked={selected}
            readOnly
            onClick={(event) => {
              event.stopPropagation();
              onPick({ ctrl: !event.shiftKey, shift: event.shiftKey });
            }}
          />
        </span>
        <Name {...props} />
        <span {...CELL} className="file-col-size">
          {entry.kind === "file" ? bytes(entry.size) : ""}
        </span>
        <span {...CELL} className="file-col-modified" title={exact(when, i18n.language)}>
          {when ? stamp(when, i18n.language) : ""}
        </span>
        {!phone && (
          <>
            <span {...CELL} className="file-col-mode mono" title={octal(entry.mode)}>
              {letters(entry.mode)}
            </span>
            <span {...CELL} className="file-col-owner" title={`${entry.owner}:${entry.group}`}>
              {entry.owner}
              <span className="quiet">:{entry.group}</span>
            </span>
          </>
        )}
        <span {...CELL} className="file-last">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            tabIndex={-1}
            className="row-action file-more"
            aria-label={menuLabel}
            onClick={(event) => {
              event.stopPropagation();
              const box = event.currentTarget.getBoundingClientRect();
              onMenu({ x: box.right, y: box.bottom });
            }}
          >
            <IconDots size={16} />
          </ActionIcon>
        </span>
      </div>
    );
  },
  (a, b) =>
    a.entry === b.entry &&
    a.place === b.place &&
    a.top === b.top &&
    a.words === b.words &&
    a.phone === b.phone &&
    a.selected === b.selected &&
    a.here === b.here &&
    a.href === b.href,
);

function Name({ entry, words, href, onOpen }: RowProps) {
  return (
    <span {...CELL} className="file-col-name">
      <Picture entry={entry} />
      <a
        href={href}
        tabIndex={-1}
        className="plain-link file-name"
        title={entry.shown}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) {
            event.preventDefault(); // the row takes it: it joins the chosen ones
            return;
          }
          event.preventDefault();
          event.stopPropagation();
          onOpen();
        }}
      >
        <Marked text={entry.shown} words={words} />
      </a>
      {entry.target !== null && (
        <Text span size="xs" c={entry.broken ? "var(--state-warn)" : "dimmed"} truncate className="file-target">
          → {entry.target}
        </Text>
      )}
    </span>
  );
}

const TONES: Partial<Record<Entry["kind"], string>> = { folder: "light-dark(#0c7489, #79bac9)" };

export function Picture({ entry }: { entry: Pick<Entry, "kind" | "broken" | "shown"> }) {
  const look = lookOf(entry.shown);
  const Icon =
    entry.kind === "folder"
      ? IconFolder
      : entry.kind === "link"
        ? entry.broken
          ? IconLinkOff
          : IconLink
        : entry.kind !== "file"
          ? IconPlug
          : look === "picture"
            ? IconPhoto
            : look === "pdf"
              ? IconFileTypePdf
              : look === "archive"
                ? IconFileZip
                : IconFile;
  return (
    <Icon
      size={17}
      stroke={1.6}
      color={TONES[entry.kind] ?? "var(--mantine-color-dimmed)"}
      style={{ flex: "none" }}
      aria-hidden
    />
  );
}
