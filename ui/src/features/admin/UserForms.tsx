import { Select, Stack, Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";
import { FormModal } from "./FormModal";
import { type Reach, ReachFields, type Role, RoleSelect } from "./Rights";

/** Rights that no role brings along, or not each. */
const GRANTS = ["recordings.read", "hosts.jump"];

type User = Schemas["UserView"];

export function UserForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const [role, setRole] = useState<Role>(user.role);
  const [enabled, setEnabled] = useState(user.enabled);
  const [reach, setReach] = useState<Reach>({ all_hosts: user.all_hosts, group_ids: user.group_ids });
  const [grants, setGrants] = useState(user.grants);
  const inRole = (grant: string) => role === "admin" && grant === "recordings.read";
  const held = [...grants, ...GRANTS.filter((one) => inRole(one) && !grants.includes(one))];
  const save = useChange(async () => {
    const body = { role, enabled, grants, ...reach };
    await data(api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: user.id } }, body }));
    onClose();
  }, ["users", "me"]);
  return (
    <FormModal
      title={t("user.editTitle", { name: user.username })}
      action={t("action.save")}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate(undefined as never)}
      onClose={onClose}
    >
      <RoleSelect value={role} onChange={setRole} />
      <ReachFields value={reach} onChange={setReach} />
      <Switch.Group
        label={t("user.grants")}
        description={t("user.grantsHint")}
        value={held}
        onChange={(next) => setGrants(next.filter((one) => !inRole(one)))}
      >
        <Stack gap="xs" mt="xs">
          {GRANTS.map((grant) => (
            <Switch key={grant} value={grant} disabled={inRole(grant)} label={t(`grant.${grant.replace(".", "_")}`)} />
          ))}
        </Stack>
      </Switch.Group>
      <Switch
        label={t("user.mayLogIn")}
        description={t("user.mayLogInHint")}
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
    </FormModal>
  );
}

const HOURS = ["24", "72", "168"] as const;

export function InviteForm({ onMade, onClose }: { onMade: (link: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [role, setRole] = useState<Role>("viewer");
  const [hours, setHours] = useState<string>("72");
  const [reach, setReach] = useState<Reach>({ all_hosts: false, group_ids: [] });
  const make = useChange(async () => {
    const body = { role, expires_in_hours: Number(hours), ...reach };
    const made = await data(api.POST("/api/v1/invitations", { body }));
    onMade(`${location.origin}/invite?token=${encodeURIComponent(made.link_token)}`);
    onClose();
  }, ["invitations"]);
  return (
    <FormModal
      title={t("user.invite")}
      action={t("user.makeLink")}
      busy={make.isPending}
      error={make.error}
      onSubmit={() => make.mutate(undefined as never)}
      onClose={onClose}
    >
      <RoleSelect value={role} roles={["viewer", "operator", "admin"]} onChange={setRole} />
      <ReachFields value={reach} onChange={setReach} />
      <Select
        label={t("user.linkWorks")}
        size="sm"
        allowDeselect={false}
        value={hours}
        onChange={(next) => setHours(next ?? "72")}
        data={HOURS.map((one) => ({ value: one, label: t("token.days", { count: Number(one) / 24 }) }))}
      />
    </FormModal>
  );
}
