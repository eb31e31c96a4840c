import type { Schemas } from "../../api/client";
import type { Answers } from "../jobs/forms/survey";
import type { Onboarding } from "./calls";

/** What is asked for on the way in, as it is typed. */
export interface Draft {
  address: string;
  port: number;
  username: string;
  name: string;
  by: "password" | "key";
  password: string;
  login_credential_id: number | null;
  key_credential_id: number | null;
  use: "full" | "account" | "monitor";
  account: string;
  sudo: "none" | "limited" | "all";
  disable_password: boolean;
  group_ids: number[];
  tags: string[];
  jump_host_id: number | null;
  /** The template to run once the host is in, and its answers. */
  init_template_id: number | null;
  init_params: Answers;
}

export const fresh = (): Draft => ({
  address: "",
  port: 22,
  username: "root",
  name: "",
  by: "password",
  password: "",
  login_credential_id: null,
  key_credential_id: null,
  use: "full",
  account: "moorline",
  sudo: "none",
  disable_password: false,
  group_ids: [],
  tags: [],
  jump_host_id: null,
  init_template_id: null,
  init_params: {},
});

/** What was asked for before, to be changed and asked for anew; the password is not known any more. */
export function draftOf({ address, port, username, name, plan }: Onboarding): Draft {
  const before = plan as Partial<Schemas["NewOnboarding"]>;
  return {
    ...fresh(),
    ...{ address, port, username, name },
    by: before.login_credential_id ? "key" : "password",
    login_credential_id: before.login_credential_id ?? null,
    key_credential_id: before.key_credential_id ?? null,
    use: before.access === "monitor" ? "monitor" : before.account ? "account" : "full",
    account: before.account?.name ?? "moorline",
    sudo: before.account?.sudo ?? "none",
    disable_password: before.disable_password ?? false,
    group_ids: before.group_ids ?? [],
    tags: before.tags ?? [],
    jump_host_id: before.jump_host_id ?? null,
    init_template_id: before.init?.template_id ?? null,
    init_params: (before.init?.params ?? {}) as Answers,
  };
}

type Wishes = Omit<Draft, "address" | "port" | "username" | "name" | "by" | "password" | "login_credential_id">;

/** What the API calls the wishes that a single host and a file share. */
export function wishesOf(draft: Wishes) {
  return {
    key_credential_id: draft.key_credential_id,
    access: draft.use === "monitor" ? ("monitor" as const) : ("full" as const),
    account: draft.use === "account" ? { name: draft.account, sudo: draft.sudo } : null,
    disable_password: draft.disable_password,
    group_ids: draft.group_ids,
    tags: draft.tags,
    jump_host_id: draft.jump_host_id,
    init: setUpOf(draft),
  };
}

function setUpOf({ use, init_template_id, init_params }: Wishes): Schemas["OnboardingInit"] | null {
  if (init_template_id === null || use === "monitor") return null;
  const given = Object.entries(init_params).filter(([, value]) => value !== null && value !== "");
  return { template_id: init_template_id, params: Object.fromEntries(given) };
}

export function wishOf(draft: Draft, hostKey: string, hostId: number | null): Schemas["NewOnboarding"] {
  const { address, port, username, name } = draft;
  return {
    address,
    port,
    username,
    name,
    ...(draft.by === "password"
      ? { password: draft.password, login_credential_id: null }
      : { password: null, login_credential_id: draft.login_credential_id }),
    note: "",
    host_key: hostKey,
    host_id: hostId,
    ...wishesOf(draft),
  };
}
