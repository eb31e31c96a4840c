import type { i18n } from "i18next";
import type { Host } from "../api/client";

/** Why the host is as it is, in the reader's language; the controller's own sentence where there is no other. */
export function reasonOf(host: Host, { t, exists }: Pick<i18n, "t" | "exists">): string {
  const key = `reason.${host.state_code}`;
  if (host.presented_key) {
    return t(host.state === "key_changed" ? "key.changedBy" : "key.pendingBy", {
      fingerprint: host.presented_key.fingerprint,
    });
  }
  if (!host.state_code || !exists(key)) return host.state_reason;
  return t(key, { name: host.name, port: host.port, address: host.address, user: host.username });
}
