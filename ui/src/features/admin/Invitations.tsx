import { Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { invitationsQuery, useChange } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { type Column, Listing } from "./Listing";
import { useReach } from "./Rights";

type Invitation = Schemas["InvitationView"];

/** Links that nobody has used yet; without any there is nothing to see. */
export function Invitations() {
  const { t } = useTranslation();
  const query = useQuery(invitationsQuery);
  const reach = useReach();
  const [going, setGoing] = useState<Invitation | null>(null);
  const withdraw = useChange(
    (id: number) => api.DELETE("/api/v1/invitations/{invitation_id}", { params: { path: { invitation_id: id } } }),
    ["invitations"],
  );
  const columns: Column<Invitation>[] = [
    { head: t("user.role"), cell: (one) => t(`role.${one.role}`) },
    { head: t("token.reach"), cell: reach },
    { head: t("user.invitedBy"), cell: (one) => one.created_by },
    { head: t("user.invitedAt"), cell: (one) => <When at={one.created_at} /> },
    { head: t("token.expires"), cell: (one) => <When at={one.expires_at} /> },
  ];
  if (!query.error && !query.data?.items.length) return null;
  return (
    <>
      <Title order={2} mt="xs">
        {t("user.openInvitations")}
      </Title>
      <Listing
        query={query}
        empty={t("user.openInvitations")}
        columns={columns}
        actions={(one) => (
          <RowAction
            icon={IconTrash}
            harm
            label={t("user.withdraw")}
            of={t(`role.${one.role}`)}
            onClick={() => setGoing(one)}
          />
        )}
      />
      {going && (
        <Confirm
          title={t("user.withdrawTitle")}
          action={t("user.withdraw")}
          onClose={() => setGoing(null)}
          onConfirm={() => withdraw.mutateAsync(going.id)}
        >
          {t("user.withdrawText")}
        </Confirm>
      )}
    </>
  );
}
