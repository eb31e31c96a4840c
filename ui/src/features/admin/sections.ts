/** The pages below settings, and the right that each takes. */
export const SECTIONS = [
  { name: "credentials", permission: "credentials.read" },
  { name: "groups", permission: "hosts.read" },
  { name: "tokens", permission: "tokens.write" },
  { name: "users", permission: "users.manage" },
  { name: "channels", permission: "settings.manage" },
  { name: "audit", permission: "audit.read" },
  { name: "general", permission: "settings.manage" },
] as const;
export type Section = (typeof SECTIONS)[number]["name"];

export const openSections = (may: (permission: string) => boolean) => SECTIONS.filter((one) => may(one.permission));
