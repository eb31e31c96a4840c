import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../api/client";
import { meQuery, queryClient, useMe } from "../api/queries";
import type { Rates, Reader } from "../format/units";
import { isLanguage, type Language, setLanguage } from "./i18n";

export interface Preferences {
  language?: Language;
  scheme?: MantineColorScheme;
  /** Columns of the fleet that are not shown, how wide the others are in pixels, and in which order hosts stand. */
  hiddenColumns?: readonly string[];
  columnWidths?: Readonly<Record<string, number>>;
  fleetSort?: string;
  rates?: Rates;
  /** Addresses and fingerprints are not shown: somebody else looks at this screen. */
  discreet?: boolean;
  /** How terminals look and behave; the terminal page understands it. */
  terminal?: Readonly<Record<string, unknown>>;
  /** What stood where on the terminal page last, for another browser; the terminal page understands it. */
  terminalLayout?: Readonly<Record<string, unknown>>;
}

const SCHEMES: readonly string[] = ["auto", "light", "dark"];
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Without what another version of the page may have left there. */
export function known(kept: Record<string, unknown>): Preferences {
  const { language, scheme, hiddenColumns, columnWidths, fleetSort, rates, discreet, terminal, terminalLayout } = kept;
  const widths = isRecord(columnWidths) ? Object.entries(columnWidths) : [];
  return {
    language: isLanguage(language) ? language : undefined,
    scheme: SCHEMES.includes(scheme as string) ? (scheme as MantineColorScheme) : undefined,
    hiddenColumns: Array.isArray(hiddenColumns) ? hiddenColumns.map(String) : undefined,
    columnWidths: Object.fromEntries(
      widths.filter((one): one is [string, number] => typeof one[1] === "number" && one[1] > 0),
    ),
    fleetSort: typeof fleetSort === "string" ? fleetSort : undefined,
    rates: rates === "bytes" ? "bytes" : "bits",
    discreet: discreet === true,
    terminal: isRecord(terminal) ? terminal : undefined,
    terminalLayout: isRecord(terminalLayout) ? terminalLayout : undefined,
  };
}

/** What the user has chosen: in this browser at once, and with the account for the others. */
export function usePreferences(): { kept: Preferences; keep: (chosen: Preferences) => void } {
  const { setColorScheme } = useMantineColorScheme();
  const { data: me } = useMe();
  const kept = useMemo(() => known(me?.preferences ?? {}), [me?.preferences]);
  const keep = useCallback(
    (chosen: Preferences) => {
      if (chosen.language) setLanguage(chosen.language);
      if (chosen.scheme) setColorScheme(chosen.scheme);
      const now = queryClient.getQueryData(meQuery.queryKey);
      if (!now) return;
      const preferences = { ...now.preferences, ...chosen };
      queryClient.setQueryData(meQuery.queryKey, { ...now, preferences });
      // a choice that could not be kept holds in this browser all the same
      data(api.PATCH("/api/v1/me", { body: { preferences } })).catch(() => undefined);
    },
    [setColorScheme],
  );
  return { kept, keep };
}

/** Applies what the account holds, once after the login. */
export function useKeptPreferences(): void {
  const { data: me } = useMe();
  const { setColorScheme } = useMantineColorScheme();
  const applied = useRef<number | null>(null);
  useEffect(() => {
    if (!me || applied.current === me.id) return;
    applied.current = me.id;
    const { language, scheme } = known(me.preferences);
    if (language) setLanguage(language);
    if (scheme) setColorScheme(scheme);
  }, [me, setColorScheme]);
}

/** For whom figures are written: language and unit of rates. */
export function useReader(): Reader {
  const { i18n } = useTranslation();
  const { kept } = usePreferences();
  const rates = kept.rates ?? "bits";
  return useMemo(() => ({ language: i18n.language, rates }), [i18n.language, rates]);
}

const DOTS = "••••••";

/** Addresses and fingerprints as they may be seen now. */
export function useDiscreet(): (secret: string) => string {
  const { kept } = usePreferences();
  return useCallback((secret: string) => (kept.discreet && secret ? DOTS : secret), [kept.discreet]);
}
