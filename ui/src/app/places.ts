import {
  IconBox,
  IconCalendarTime,
  IconChecklist,
  IconFolder,
  IconNotebook,
  IconPlayerPlay,
  type IconProps,
  IconServer2,
  IconSettings,
  IconTerminal2,
  IconUser,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { SECTIONS } from "../features/admin/sections";

export interface Place {
  /** Its word in the catalogue below `nav`. */
  name:
    | "fleet"
    | "terminal"
    | "containers"
    | "files"
    | "playbooks"
    | "jobs"
    | "run"
    | "schedules"
    | "settings"
    | "profile";
  to: string;
  icon: ComponentType<IconProps>;
  /** After `g`, the key that goes there. */
  key: string;
  /** One of these is needed. */
  permissions: readonly string[];
  /** Addresses below these belong to it. */
  below: readonly string[];
  /** Where in the navigation it stands; "menu" is the user's own, "keys" is reached by palette and keyboard alone. */
  where: "top" | "bottom" | "menu" | "keys";
}

/** Where one can go: navigation, palette and keyboard follow. */
export const PLACES: readonly Place[] = [
  {
    name: "fleet",
    to: "/",
    icon: IconServer2,
    key: "f",
    permissions: ["hosts.read"],
    below: ["/hosts", "/keys"],
    where: "top",
  },
  {
    name: "terminal",
    to: "/terminal",
    icon: IconTerminal2,
    key: "t",
    permissions: ["terminals.open", "recordings.read"],
    below: ["/recordings"],
    where: "top",
  },
  {
    name: "containers",
    to: "/containers",
    icon: IconBox,
    key: "c",
    permissions: ["hosts.read"],
    below: [],
    where: "top",
  },
  {
    name: "files",
    to: "/files",
    icon: IconFolder,
    key: "d",
    permissions: ["files.read"],
    below: [],
    where: "top",
  },
  {
    name: "playbooks",
    to: "/playbooks",
    icon: IconNotebook,
    key: "b",
    permissions: ["jobs.view"],
    below: ["/playbooks"],
    where: "top",
  },
  {
    name: "jobs",
    to: "/jobs",
    icon: IconChecklist,
    key: "j",
    permissions: ["jobs.view"],
    below: ["/jobs", "/run", "/workflows", "/workflow-runs"],
    where: "top",
  },
  {
    name: "run",
    to: "/run",
    icon: IconPlayerPlay,
    key: "r",
    permissions: ["jobs.run"],
    below: [],
    where: "keys",
  },
  {
    name: "schedules",
    to: "/schedules",
    icon: IconCalendarTime,
    key: "e",
    permissions: ["jobs.view"],
    below: ["/schedules"],
    where: "top",
  },
  {
    name: "settings",
    to: "/settings",
    icon: IconSettings,
    key: "s",
    permissions: SECTIONS.map((one) => one.permission),
    below: ["/settings"],
    where: "bottom",
  },
  {
    name: "profile",
    to: "/profile",
    icon: IconUser,
    key: "p",
    permissions: ["self"],
    below: ["/profile"],
    where: "menu",
  },
];

export const isAt = (place: Place, path: string): boolean =>
  path === place.to || place.below.some((start) => path === start || path.startsWith(`${start}/`));

export const open = (may: (permission: string) => boolean): Place[] =>
  PLACES.filter((place) => place.permissions.some(may));
