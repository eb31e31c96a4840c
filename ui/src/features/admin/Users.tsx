import { Badge, Button, Text } from "@mantine/core";
import { IconPencil, IconTrash, IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { useChange, useMe, usersQuery } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Once } from "../../parts/Once";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { Invitations } from "./Invitations";
import { type Column, Listing } from "./Listing";
import { useReach } from "./Rights";
import { InviteForm, UserForm } from "./UserForms";

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
  const columns: Column<User>[] = [
    {
      head: t("user.name"),
      cell: (user) => (
        <>
          {user.username}{" "}
          {user.id === me?.id && (
            <Text span size="xs" c="dimmed">
              {t("user.you")}
            </Text>
          )}
        </>
      ),
    },
    {
      head: t("user.role"),
      cell: (user) => (user.role === "none" ? <Badge color="orange">{t("user.waits")}</Badge> : t(`role.${user.role}`)),
    },
    { head: t("token.reach"), cell: reach },
    {
      head: t("user.lastLogin"),
      cell: (user) => (user.last_login_at ? <When at={user.last_login_at} /> : t("user.neverLoggedIn")),
    },
    {
      head: t("user.state"),
      cell: (user) => (user.enabled ? t("user.enabled") : <Badge color="gray">{t("user.disabled")}</Badge>),
    },
  ];
  return (
    <>
      <Listing
        text={t("user.text")}
        query={query}
        empty={t("user.none")}
        columns={columns}
        action={
          <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
            {t("user.invite")}
          </Button>
        }
        actions={(user) => (
          <>
            <RowAction icon={IconPencil} label={t("action.edit")} of={user.username} onClick={() => setEditing(user)} />
            <RowAction
              icon={IconTrash}
              harm
              label={t("action.delete")}
              of={user.username}
              why={user.id === me?.id ? t("user.notYourself") : undefined}
              onClick={() => setDeleting(user)}
            />
          </>
        )}
      />
      <Invitations />
      {editing && <UserForm user={editing} onClose={() => setEditing(null)} />}
      {inviting && <InviteForm onMade={setLink} onClose={() => setInviting(false)} />}
      {link && (
        <Once title={t("user.invitedTitle")} text={t("user.invited")} value={link} onClose={() => setLink(null)} />
      )}
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
