import { Alert, Button, Group, Select, Switch, Text, Title } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { invitationsQuery, useChange, useMe, usersQuery } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Copyable, ErrorNote } from "../../parts/Notices";
import { When } from "../../parts/When";
import { FormModal } from "./FormModal";
import { Listing } from "./Listing";
import { type Reach, ReachFields, type Role, RoleSelect, useReach } from "./Rights";

type User = Schemas["UserView"];

export function Users() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const query = useQuery(usersQuery);
  const reach = useReach();
  const [editing, setEditing] = useState<User | null>(null);
  const [deleting, setDeleting] = useState<User | null>(null);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const remove = useChange(
    (id: number) => api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: id } } }),
    ["users", "tokens"],
  );
  return (
    <>
      {link && (
        <Alert color="green" title={t("user.invited")} withCloseButton onClose={() => setLink(null)}>
          <Copyable value={link} />
        </Alert>
      )}
      <Listing
        text={t("user.text")}
        query={query}
        empty={t("user.none")}
        heads={[t("user.name"), t("user.role"), t("token.reach"), t("user.lastLogin"), t("user.state"), ""]}
        action={
          <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
            {t("user.invite")}
          </Button>
        }
        row={(user) => (
          <tr key={user.id}>
            <td>
              {user.username}{" "}
              {user.id === me?.id && (
                <Text span size="xs" c="dimmed">
                  {t("user.you")}
                </Text>
              )}
            </td>
            <td>{t(`role.${user.role}`)}</td>
            <td>{reach(user)}</td>
            <td>
              <When at={user.last_login_at} />
            </td>
            <td>{t(user.enabled ? "user.enabled" : "user.disabled")}</td>
            <td>
              <Group gap={4} justify="flex-end" wrap="nowrap">
                <Button size="compact-xs" variant="subtle" onClick={() => setEditing(user)}>
                  {t("action.edit")}
                </Button>
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  disabled={user.id === me?.id}
                  onClick={() => setDeleting(user)}
                >
                  {t("action.delete")}
                </Button>
              </Group>
            </td>
          </tr>
        )}
      />
      <Invitations />
      {editing && <UserForm user={editing} onClose={() => setEditing(null)} />}
      {inviting && <InviteForm onMade={setLink} onClose={() => setInviting(false)} />}
      {deleting && (
        <Confirm
          title={t("user.deleteTitle", { name: deleting.username })}
          action={t("action.delete")}
          word={deleting.username}
          onClose={() => setDeleting(null)}
          onConfirm={() => remove.mutateAsync(deleting.id)}
        >
          {t("user.deleteText")}
        </Confirm>
      )}
    </>
  );
}

function UserForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const [role, setRole] = useState<Role>(user.role);
  const [enabled, setEnabled] = useState(user.enabled);
  const [reach, setReach] = useState<Reach>({ all_hosts: user.all_hosts, group_ids: user.group_ids });
  const save = useChange(async () => {
    const body = { role, enabled, ...reach };
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
      <Switch
        label={t("user.mayLogIn")}
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
    </FormModal>
  );
}

const HOURS = ["24", "72", "168"] as const;

function InviteForm({ onMade, onClose }: { onMade: (link: string) => void; onClose: () => void }) {
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
        label={t("token.expires")}
        size="sm"
        allowDeselect={false}
        value={hours}
        onChange={(next) => setHours(next ?? "72")}
        data={HOURS.map((one) => ({ value: one, label: t("token.days", { count: Number(one) / 24 }) }))}
      />
    </FormModal>
  );
}

function Invitations() {
  const { t } = useTranslation();
  const query = useQuery(invitationsQuery);
  const reach = useReach();
  const withdraw = useChange(
    (id: number) => api.DELETE("/api/v1/invitations/{invitation_id}", { params: { path: { invitation_id: id } } }),
    ["invitations"],
  );
  if (!query.data?.items.length) return null;
  return (
    <>
      <Title order={2}>{t("user.openInvitations")}</Title>
      {withdraw.error && <ErrorNote error={withdraw.error} />}
      <div className="card scroll-x">
        <table className="grid-table">
          <thead>
            <tr>
              <th>{t("user.role")}</th>
              <th>{t("token.reach")}</th>
              <th>{t("user.invitedBy")}</th>
              <th>{t("token.expires")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {query.data.items.map((one) => (
              <tr key={one.id}>
                <td>{t(`role.${one.role}`)}</td>
                <td>{reach(one)}</td>
                <td>{one.created_by}</td>
                <td>
                  <When at={one.expires_at} />
                </td>
                <td style={{ textAlign: "right" }}>
                  <Button size="compact-xs" variant="subtle" color="red" onClick={() => withdraw.mutate(one.id)}>
                    {t("user.withdraw")}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
