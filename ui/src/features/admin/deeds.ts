import { useTranslation } from "react-i18next";

/** What the audit log writes down, by the kind of thing it is done to. */
const DEEDS: Record<string, readonly string[]> = {
  host: ["host.create", "host.update", "host.delete", "host.retry", "host_key.approve"],
  credential: ["credential.create", "credential.update", "credential.delete"],
  group: ["group.create", "group.update", "group.delete"],
  user: [
    "user.login",
    "user.login_failed",
    "user.logout",
    "user.password",
    "user.set_up",
    "user.register",
    "user.create",
    "user.edit",
    "user.delete",
    "session.end",
  ],
  invitation: ["invitation.create", "invitation.accept", "invitation.delete"],
  token: ["token.create", "token.delete"],
  terminal: ["terminal.open", "terminal.end"],
  recording: ["recording.replay", "recording.download", "recording.delete", "recording.expire"],
  gateway: ["gateway.login", "gateway.login_failed", "gateway.exec", "gateway.sftp", "gateway.jump"],
  ssh_key: ["ssh_key.create", "ssh_key.delete"],
  settings: ["settings.edit"],
};

export const KINDS = [
  "host",
  "credential",
  "group",
  "user",
  "session",
  "invitation",
  "token",
  "recording",
  "ssh_key",
  "settings",
] as const;

/** Deeds and kinds as people say them; what is not in the catalogue stands as the server wrote it. */
export function useDeedWords() {
  const { t, i18n } = useTranslation();
  const deed = (action: string) => {
    const name = action.replace(".", "_");
    return i18n.exists(`deed.${name}`) ? t(`deed.${name}`) : action;
  };
  const kind = (name: string) => (i18n.exists(`kind.${name}`) ? t(`kind.${name}`) : name);
  const options = Object.entries(DEEDS).map(([name, actions]) => ({
    group: kind(name),
    items: actions.map((action) => ({ value: action, label: deed(action) })),
  }));
  return { deed, kind, options };
}
