import {
  IconBox,
  IconCalendarTime,
  IconChecklist,
  IconFolder,
  IconGitBranch,
  IconLock,
  IconNotebook,
  IconPlayerPlay,
  type IconProps,
  IconServer2,
  IconSettings,
  IconSitemap,
  IconTemplate,
  IconTerminal2,
  IconUser,
  IconUserCheck,
  IconUserPlus,
  IconVideo,
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

export interface Part {
  /** Its other words are in the catalogue below `palette.also`. */
  name: string;
  /** Its title's key in the catalogue. */
  label: string;
  /** The place or section whose part it is, by its key in the catalogue. */
  within: string;
  to: string;
  search?: Record<string, string>;
  icon: ComponentType<IconProps>;
  permissions: readonly string[];
}

/** Pages inside a place. The palette leads there at once; they stand in no navigation of their own. */
export const PARTS: readonly Part[] = [
  {
    name: "templates",
    label: "jobs.part.templates",
    within: "nav.jobs",
    to: "/jobs/templates",
    icon: IconTemplate,
    permissions: ["jobs.view"],
  },
  {
    name: "workflows",
    label: "jobs.part.workflows",
    within: "nav.jobs",
    to: "/workflows",
    icon: IconSitemap,
    permissions: ["jobs.view"],
  },
  {
    name: "workflowRuns",
    label: "workflowRun.all",
    within: "nav.jobs",
    to: "/workflow-runs",
    icon: IconSitemap,
    permissions: ["jobs.view"],
  },
  {
    name: "approvals",
    label: "jobs.part.approvals",
    within: "nav.jobs",
    to: "/jobs/approvals",
    icon: IconUserCheck,
    permissions: ["jobs.view"],
  },
  {
    name: "calendar",
    label: "schedule.calendar",
    within: "nav.schedules",
    to: "/schedules",
    search: { tab: "calendar" },
    icon: IconCalendarTime,
    permissions: ["jobs.view"],
  },
  {
    name: "recordings",
    label: "recording.title",
    within: "nav.terminal",
    to: "/recordings",
    icon: IconVideo,
    permissions: ["recordings.read"],
  },
  {
    name: "projects",
    label: "playbook.projects",
    within: "nav.playbooks",
    to: "/playbooks/projects",
    icon: IconGitBranch,
    permissions: ["jobs.view"],
  },
  {
    name: "vaults",
    label: "vault.title",
    within: "nav.playbooks",
    to: "/playbooks/projects",
    icon: IconLock,
    permissions: ["jobs.view"],
  },
  {
    name: "invitations",
    label: "user.openInvitations",
    within: "section.users",
    to: "/settings/users",
    icon: IconUserPlus,
    permissions: ["users.manage"],
  },
];

export const isAt = (place: Place, path: string): boolean =>
  path === place.to || place.below.some((start) => path === start || path.startsWith(`${start}/`));

export const open = (may: (permission: string) => boolean): Place[] =>
  PLACES.filter((place) => place.permissions.some(may));

export const openParts = (may: (permission: string) => boolean): Part[] =>
  PARTS.filter((part) => part.permissions.some(may));
