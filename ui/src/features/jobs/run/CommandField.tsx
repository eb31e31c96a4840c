import { Textarea } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

interface CommandFieldProps {
  value: string;
  label: string;
  rows: number;
  /** What was run before, newest first: the arrow keys go through it, as in a shell. Undefined until it is known. */
  history: readonly string[] | undefined;
  error?: string;
  onChange: (value: string) => void;
  onRun: () => void;
}

/** Text to be run; Ctrl or Cmd with Enter runs it. */
export function CommandField({ value, label, rows, history, error, onChange, onRun }: CommandFieldProps) {
  const { t } = useTranslation();
  const place = useRef(-1);
  const draft = useRef("");
  const early = useRef(0); // steps up that were asked for before the history was here
  const step = (by: number): boolean => {
    if (history === undefined) {
      early.current = Math.max(0, early.current + by);
      return true;
    }
    const next = Math.max(-1, Math.min(history.length - 1, place.current + by));
    if (next === place.current) return false;
    if (place.current === -1) draft.current = value;
    place.current = next;
    onChange(next === -1 ? draft.current : (history[next] ?? ""));
    return true;
  };
  useEffect(() => {
    if (history === undefined || early.current === 0) return;
    const steps = early.current;
    early.current = 0;
    step(steps);
  });
  const press = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const { selectionStart, value: typed } = event.currentTarget;
    const above = typed.slice(0, selectionStart).includes("\n");
    const below = typed.slice(selectionStart).includes("\n");
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) onRun();
    else if (event.key === "ArrowUp" && !above && !event.shiftKey) {
      if (!step(1)) return;
    } else if (event.key === "ArrowDown" && !below && !event.shiftKey) {
      if (!step(-1)) return;
    } else return;
    event.preventDefault();
  };
  return (
    <Textarea
      label={label}
      description={t("run.keys", { key: /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl" })}
      autosize
      minRows={rows}
      maxRows={24}
      classNames={{ input: "mono-input" }}
      spellCheck={false}
      autoCapitalize="off"
      autoCorrect="off"
      data-autofocus
      value={value}
      error={error}
      onChange={(event) => {
        place.current = -1;
        early.current = 0;
        onChange(event.currentTarget.value);
      }}
      onKeyDown={press}
    />
  );
}
