import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { usePreferences } from "../../app/preferences";
import type { Looks } from "./screen";
import { THEMES, type ThemeName, themeOf } from "./themes";

export interface Taste {
  fontSize: number;
  theme: ThemeName;
  /** What is selected is copied at once. */
  copyOnSelect: boolean;
  /** A right click pastes, and the menu takes Shift. */
  rightPastes: boolean;
  /** Hosts may write to the clipboard. */
  hostCopies: boolean;
  readAloud: boolean;
}

export const SMALLEST = 8;
export const LARGEST = 28;
const USUAL = 13;

/** Without what another version of the page may have left there. */
export function asTaste(kept: Readonly<Record<string, unknown>> = {}): Taste {
  const { fontSize, theme } = kept;
  const size = typeof fontSize === "number" && Number.isFinite(fontSize) ? Math.round(fontSize) : USUAL;
  return {
    fontSize: Math.min(LARGEST, Math.max(SMALLEST, size)),
    theme: THEMES.find((one) => one === theme) ?? "page",
    copyOnSelect: kept.copyOnSelect === true,
    rightPastes: kept.rightPastes === true,
    hostCopies: kept.hostCopies !== false,
    readAloud: kept.readAloud === true,
  };
}

/** How the user likes terminals, kept with the account. */
export function useTaste(): { taste: Taste; change: (part: Partial<Taste>) => void; looks: Looks } {
  const { kept, keep } = usePreferences();
  const dark = useComputedColorScheme("light") === "dark";
  const taste = useMemo(() => asTaste(kept.terminal), [kept.terminal]);
  const change = useCallback((part: Partial<Taste>) => keep({ terminal: { ...taste, ...part } }), [keep, taste]);
  const { theme, fontSize, readAloud } = taste;
  const looks = useMemo(
    () => ({ theme: themeOf(theme, dark), fontSize, readAloud }),
    [theme, dark, fontSize, readAloud],
  );
  return { taste, change, looks };
}
