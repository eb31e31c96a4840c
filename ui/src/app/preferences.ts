import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { api, data } from "../api/client";
import { meQuery, queryClient, useMe } from "../api/queries";
import { isLanguage, type Language, setLanguage } from "./i18n";

interface Preferences {
  language?: Language;
  scheme?: MantineColorScheme;
}

const SCHEMES: readonly string[] = ["auto", "light", "dark"];

/** Without what another version of the page may have left there. */
function known(kept: Record<string, unknown>): Preferences {
  return {
    language: isLanguage(kept.language) ? kept.language : undefined,
    scheme: SCHEMES.includes(kept.scheme as string) ? (kept.scheme as MantineColorScheme) : undefined,
  };
}

/** What the user has chosen: in this browser at once, and with the account for the others. */
export function usePreferences(): { keep: (chosen: Preferences) => void } {
  const { setColorScheme } = useMantineColorScheme();
  const keep = (chosen: Preferences) => {
    if (chosen.language) setLanguage(chosen.language);
    if (chosen.scheme) setColorScheme(chosen.scheme);
    const me = queryClient.getQueryData(meQuery.queryKey);
    if (!me) return;
    const preferences = { ...me.preferences, ...chosen };
    queryClient.setQueryData(meQuery.queryKey, { ...me, preferences });
    // a choice that could not be kept holds in this browser all the same
    data(api.PATCH("/api/v1/me", { body: { preferences } })).catch(() => undefined);
  };
  return { keep };
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
