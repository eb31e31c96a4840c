import { useComputedColorScheme } from "@mantine/core";
import {
  IconBox,
  IconCommand,
  IconEyeOff,
  IconFolder,
  IconHelp,
  IconKey,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconPlus,
  IconSun,
  IconTerminal2,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/queries";
import { useFleet } from "../live/hooks";
import { StateMark } from "../parts/StateBadge";
import { LANGUAGES, type Language } from "./i18n";
import { logOut } from "./leave";
import { type Entry, ICON, usePages, useParts, useSynonyms } from "./pageEntries";
import { useDiscreet, usePreferences } from "./preferences";

const SHOWN = 50;

/** What the palette offers for the words typed so far: pages, hosts, deeds. */
export function useEntries(words: string, onHelp: () => void): Entry[] {
  const pages = usePages();
  const inside = useParts();
  const hosts = useHosts();
  const terminals = useTerminals();
  const runs = useRuns(words);
  const typed = words.trim().toLowerCase();
  const parts = typed.split(/\s+/).filter(Boolean);
  const places = useHostPlaces(parts.length > 0);
  const deeds = useDeeds(onHelp);
  const fits = (entry: Entry) => {
    const text = `${entry.label} ${entry.hint} ${entry.also ?? ""}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  };
  if (!parts.length) return [...pages, ...hosts, ...deeds].slice(0, SHOWN);
  const all = [...hosts, ...terminals, ...pages, ...inside, ...places, ...deeds].filter(fits);
  // a page by its very name comes first: "terminal" is not the first of a hundred terminals
  const called = new Set([...pages, ...inside].filter((page) => page.label.toLowerCase().startsWith(typed)));
  const named = (entry: Entry) => called.has(entry);
  const sorted = [...all.filter(named), ...all.filter((entry) => !named(entry))];
  // whatever the words mean, they can also be run
  return [...sorted.slice(0, SHOWN - runs.length), ...runs];
}

/** The words as a command; where and whether it is run is chosen on its page. */
function useRuns(words: string): Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const command = words.trim();
  if (!useMay()("jobs.run") || command === "") return [];
  return [
    {
      key: "run-words",
      label: t("run.this", { command }),
      hint: t("palette.actions"),
      mark: <IconCommand {...ICON} />,
      go: () => navigate({ to: "/run", search: { command } }),
    },
  ];
}

function useHosts(): Entry[] {
  const navigate = useNavigate();
  const { hosts } = useFleet();
  const discreet = useDiscreet();
  return [...hosts.values()].map((host) => ({
    key: `host-${host.id}`,
    label: host.name,
    hint: discreet(host.address),
    mark: <StateMark state={host.state} />,
    go: () => navigate({ to: "/hosts/$hostId", params: { hostId: String(host.id) } }),
  }));
}

/** A shell on a host, by the host's name and a word for what is wanted. */
function useTerminals(): Entry[] {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { hosts } = useFleet();
  if (!may("terminals.open")) return [];
  return [...hosts.values()]
    .filter((host) => host.enabled)
    .map((host) => ({
      key: `terminal-${host.id}`,
      label: t("terminal.on", { name: host.name }),
      hint: t("nav.terminal"),
      mark: <IconTerminal2 {...ICON} />,
      go: () => navigate({ to: "/terminal", search: { host: host.id } }),
    }));
}

/** What one may want of a host that is up, once there are words to choose by. */
function useHostPlaces(wanted: boolean): Entry[] {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { hosts } = useFleet();
  if (!wanted) return [];
  return [...hosts.values()].flatMap((host) => {
    if (host.state !== "up") return [];
    const containers: Entry = {
      key: `containers-${host.id}`,
      label: `${host.name}: ${t("nav.containers")}`,
      hint: "",
      mark: <IconBox {...ICON} />,
      go: () => navigate({ to: "/hosts/$hostId", params: { hostId: String(host.id) }, search: { tab: "containers" } }),
    };
    const files: Entry = {
      key: `files-${host.id}`,
      label: `${host.name}: ${t("nav.files")}`,
      hint: "",
      mark: <IconFolder {...ICON} />,
      go: () => navigate({ to: "/files", search: { host: host.id } }),
    };
    return may("files.read") ? [files, containers] : [containers];
  });
}

function useDeeds(onHelp: () => void): Entry[] {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const also = useSynonyms();
  const { kept, keep } = usePreferences();
  const dark = useComputedColorScheme("light") === "dark";
  const hint = t("palette.actions");
  const deeds: Entry[] = [
    {
      key: "theme",
      label: t(dark ? "nav.light" : "nav.dark"),
      hint,
      mark: dark ? <IconSun {...ICON} /> : <IconMoon {...ICON} />,
      go: () => keep({ scheme: dark ? "light" : "dark" }),
    },
    ...Object.entries(LANGUAGES).map(([code, name]) => ({
      key: `language-${code}`,
      label: name,
      hint: t("nav.language"),
      mark: <IconLanguage {...ICON} />,
      go: () => keep({ language: code as Language }),
    })),
    {
      key: "discreet",
      label: t(kept.discreet ? "nav.showAddresses" : "nav.hideAddresses"),
      hint,
      mark: <IconEyeOff {...ICON} />,
      go: () => keep({ discreet: !kept.discreet }),
    },
    { key: "help", label: t("palette.help"), hint: "?", mark: <IconHelp {...ICON} />, go: onHelp },
    { key: "leave", label: t("nav.logout"), hint, mark: <IconLogout {...ICON} />, go: logOut },
  ];
  if (may("hosts.write"))
    deeds.unshift(
      {
        key: "onboard",
        label: `${t("fleet.add")}: ${t("fleet.byPassword")}`,
        hint,
        also: also("onboard.title", "fleet.add", "fleet.byPassword", "fleet.byFile", "palette.also.onboard"),
        mark: <IconPlus {...ICON} />,
        go: () => navigate({ to: "/hosts/onboard" }),
      },
      {
        key: "add",
        label: `${t("fleet.add")}: ${t("fleet.byKey")}`,
        hint,
        also: also("fleet.add", "fleet.byKey", "palette.also.add"),
        mark: <IconPlus {...ICON} />,
        go: () => navigate({ to: "/hosts/new" }),
      },
      {
        key: "keys",
        label: t("rotation.title"),
        hint,
        also: also("rotation.title", "palette.also.keys"),
        mark: <IconKey {...ICON} />,
        go: () => navigate({ to: "/keys" }),
      },
    );
  return deeds;
}
