import type { Host, Schemas } from "../../api/client";

/** What the form holds; `secret` says where the login comes from. */
export interface Draft {
  name: string;
  address: string;
  port: number;
  username: string;
  secret: "password" | "key" | "stored";
  password: string;
  private_key: string;
  passphrase: string;
  credential_id: number | null;
  jump_host_id: number | null;
  group_ids: number[];
  tags: string[];
  note: string;
}

export function draftOf(host?: Host): Draft {
  return {
    name: host?.name ?? "",
    address: host?.address ?? "",
    port: host?.port ?? 22,
    username: host?.username ?? "root",
    secret: host ? "stored" : "password",
    password: "",
    private_key: "",
    passphrase: "",
    credential_id: host?.credential_id ?? null,
    jump_host_id: host?.jump_host_id ?? null,
    group_ids: host?.group_ids ?? [],
    tags: host?.tags ?? [],
    note: host?.note ?? "",
  };
}

type Login = { credential_id?: number | null; credential?: Schemas["NewCredential"] };

/** The login as the API takes it: a stored credential, or a new one that is named after the host. */
export function loginOf(draft: Draft): Login {
  if (draft.secret === "stored") return { credential_id: draft.credential_id };
  const name = `${draft.username}@${draft.name || draft.address}`.slice(0, 100);
  if (draft.secret === "password") return { credential: { name, kind: "password", password: draft.password } };
  return {
    credential: { name, kind: "key", private_key: draft.private_key, passphrase: draft.passphrase || null },
  };
}

export function plainOf(draft: Draft) {
  const { name, address, port, username, jump_host_id, group_ids, tags, note } = draft;
  return { name, address, port, username, jump_host_id, group_ids, tags, note };
}

/** Does a test still say something about the draft? It does for the same place and login. */
export function testKey(draft: Draft): string {
  const { address, port, username, secret, password, private_key, passphrase, credential_id, jump_host_id } = draft;
  return JSON.stringify([
    address,
    port,
    username,
    secret,
    password,
    private_key,
    passphrase,
    credential_id,
    jump_host_id,
  ]);
}
