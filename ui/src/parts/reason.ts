import i18next, { type TFunction } from "i18next";
import type { Host } from "../api/client";

type Hide = (secret: string) => string;

/** Why the host is as it is, in the reader's language; the controller's own sentence where there is no other. */
export function reasonOf(host: Host, t: TFunction, hide: Hide): string {
  if (host.presented_key) return t(host.state === "key_changed" ? "key.changedBy" : "key.pendingBy");
  const told = sentenceOf(host.state_code, host, t, hide);
  return told ?? host.state_reason.replaceAll(host.address, hide(host.address));
}

/** What a code means for the host; nothing where the catalogue has no word for it. */
export function sentenceOf(code: unknown, host: Host, t: TFunction, hide: Hide): string | null {
  const key = `reason.${code}`;
  if (typeof code !== "string" || code === "" || !i18next.exists(key)) return null;
  return t(key, { name: host.name, port: host.port, address: hide(host.address), user: host.username });
}
