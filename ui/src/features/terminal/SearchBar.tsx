import { ActionIcon, Text, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Act } from "./PaneHead";
import type { Screen } from "./screen";

const MARKS = {
  matchBackground: "#6b5a1e",
  matchOverviewRuler: "#c9a227",
  activeMatchBackground: "#b3541e",
  activeMatchColorOverviewRuler: "#ff8c42",
};

/** Finds words in what a terminal has shown. */
export function SearchBar({ screen, onClose }: { screen: Screen; onClose: () => void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [exact, setExact] = useState(false);
  const [regex, setRegex] = useState(false);
  const [found, setFound] = useState<{ resultIndex: number; resultCount: number } | null>(null);
  const options = { caseSensitive: exact, regex: regex && isPattern(words), decorations: MARKS };
  useEffect(() => {
    const listening = screen.search.onDidChangeResults(setFound);
    return () => {
      listening.dispose();
      screen.search.clearDecorations();
    };
  }, [screen]);
  const step = (forward: boolean) =>
    forward ? screen.search.findNext(words, options) : screen.search.findPrevious(words, options);
  const look = (text: string) => {
    setWords(text);
    if (text === "") screen.search.clearDecorations();
    else screen.search.findPrevious(text, { ...options, incremental: true });
  };
  const count = found && words ? t("terminal.found", { at: found.resultIndex + 1, count: found.resultCount }) : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: it stands inside the page's main part
    <div className="terminal-search terminal-bar" role="search">
      <TextInput
        size="xs"
        autoFocus
        aria-label={t("terminal.search")}
        placeholder={t("terminal.search")}
        value={words}
        onChange={(event) => look(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onClose();
          else if (event.key === "Enter") step(event.shiftKey);
        }}
      />
      <Text size="xs" c="dimmed" className="nowrap" aria-live="polite">
        {count}
      </Text>
      <Act label={t("terminal.exact")} pressed={exact} onClick={() => setExact(!exact)}>
        Aa
      </Act>
      <Act label={t("terminal.regex")} pressed={regex} onClick={() => setRegex(!regex)}>
        .*
      </Act>
      <Act label={t("terminal.before")} onClick={() => step(false)}>
        <IconChevronUp size={14} />
      </Act>
      <Act label={t("terminal.after")} onClick={() => step(true)}>
        <IconChevronDown size={14} />
      </Act>
      <ActionIcon variant="subtle" color="gray" size={24} aria-label={t("terminal.searchClose")} onClick={onClose}>
        <IconX size={14} />
      </ActionIcon>
    </div>
  );
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
