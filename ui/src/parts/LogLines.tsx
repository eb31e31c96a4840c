import { Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useLayoutEffect, useRef } from "react";
import { pieces } from "./ansi";

const ROW = 20;
const AT_END_PX = 30;

export interface LogLine {
  /** Grows from line to line. */
  key: number;
  text: string;
  /** Stands before the text. */
  stamp?: string;
  error?: boolean;
}

interface LogLinesProps {
  lines: readonly LogLine[];
  label: string;
  wrap: boolean;
  words: string;
  /** Stays at the end while lines come. */
  follow: boolean;
  /** The reader has gone up, or back to the end. */
  onFollow: (follow: boolean) => void;
}

/** Lines of a log, however many: only those in sight are drawn. */
export function LogLines({ lines, label, wrap, words, follow, onFollow }: LogLinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 30,
    getItemKey: (place) => lines[place]?.key ?? place,
  });
  const last = lines.at(-1)?.key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another way to break lines gives them another height
  useEffect(() => rows.measure(), [wrap]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: goes to the end whenever there is another last line
  useLayoutEffect(() => {
    if (follow && lines.length) rows.scrollToIndex(lines.length - 1, { align: "end" });
  }, [follow, last, wrap]);
  const away = () => {
    const at = box.current;
    if (at && follow && at.scrollHeight - at.scrollTop - at.clientHeight > AT_END_PX) onFollow(false);
  };
  const back = () => {
    const at = box.current;
    if (at && !follow && at.scrollHeight - at.scrollTop - at.clientHeight < 4) onFollow(true);
  };
  return (
    <div
      ref={box}
      className="log-lines"
      data-wrap={wrap || undefined}
      role="log"
      aria-label={label}
      aria-live="off"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
      tabIndex={0}
      onWheel={(event) => (event.deltaY < 0 ? away() : back())}
      onTouchMove={away}
      onKeyDown={(event) => {
        if (event.key === "PageUp" || event.key === "ArrowUp" || event.key === "Home") onFollow(false);
        if (event.key === "End") onFollow(true);
      }}
    >
      <div style={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map((item) => {
          const line = lines[item.index];
          return (
            line && (
              <div
                key={item.key}
                data-index={item.index}
                ref={wrap ? rows.measureElement : undefined}
                className="log-line"
                data-error={line.error || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {line.stamp && <span className="log-stamp">{line.stamp}</span>}
                <Coloured text={line.text} words={words} />
              </div>
            )
          );
        })}
      </div>
      {lines.length === 0 && (
        <Text size="sm" c="dimmed" p="sm">
          …
        </Text>
      )}
    </div>
  );
}

const Coloured = memo(function Coloured({ text, words }: { text: string; words: string }) {
  return pieces(text).map((piece, place) => (
    <span
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one line have no other identity
      key={place}
      data-color={piece.color ?? undefined}
      style={piece.bold ? { fontWeight: 600 } : undefined}
    >
      <Found text={piece.text} words={words} />
    </span>
  ));
});

/** The text that was searched for, as it stands, marked. */
function Found({ text, words }: { text: string; words: string }) {
  if (!words) return text;
  const parts = text.split(new RegExp(`(${words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})`, "gi"));
  // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text have no other identity
  return parts.map((piece, place) => (place % 2 ? <mark key={place}>{piece}</mark> : piece));
}
