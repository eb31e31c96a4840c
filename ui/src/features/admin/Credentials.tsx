import { Button, Text } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconCopy, IconPencil, IconPlus, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { credentialsQuery, useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Copyable } from "../../parts/Copyable";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { CredentialForm } from "./CredentialForm";
import { type Column, Listing } from "./Listing";

type Credential = Schemas["CredentialView"];

export function Credentials() {
  const { t } = useTranslation();
  const may = useMay()("credentials.write");
  const navigate = useNavigate();
  const query = useQuery(credentialsQuery);
  const [form, setForm] = useState<Credential | "new" | null>(null);
  const [deleting, setDeleting] = useState<Credential | null>(null);
  const remove = useChange(
    (id: number) => api.DELETE("/api/v1/credentials/{credential_id}", { params: { path: { credential_id: id } } }),
    ["credentials"],
  );
  const columns: Column<Credential>[] = [
    { head: t("credential.name"), cell: (one) => one.name },
    { head: t("credential.kindHead"), cell: (one) => t(`credential.${one.kind}`) },
    {
      head: t("credential.public"),
      cell: (one) =>
        one.fingerprint ? (
          <Copyable quiet value={one.fingerprint} label={t("credential.public")} />
        ) : (
          <Text span size="sm" c="dimmed">
            –
          </Text>
        ),
    },
    { head: t("group.hosts"), cell: (one) => one.host_count, numeric: true },
    { head: t("credential.changed"), cell: (one) => <When at={one.updated_at} /> },
  ];
  return (
    <>
      <Listing
        text={t("credential.text")}
        query={query}
        empty={t("credential.none")}
        columns={columns}
        action={
          may && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")}>
              {t("credential.add")}
            </Button>
          )
        }
        actions={(one) => (
          <>
            {one.public_key && <CopyKey credential={one} />}
            {may && (
              <>
                {one.public_key && (
                  <RowAction
                    icon={IconRefresh}
                    label={t("rotation.start")}
                    of={one.name}
                    why={one.host_count ? undefined : t("rotation.noHosts")}
                    onClick={() => navigate({ to: "/keys", search: { credential: one.id } })}
                  />
                )}
                <RowAction icon={IconPencil} label={t("action.edit")} of={one.name} onClick={() => setForm(one)} />
                <RowAction
                  icon={IconTrash}
                  harm
                  label={t("action.delete")}
                  of={one.name}
                  why={one.host_count ? t("credential.used", { count: one.host_count }) : undefined}
                  onClick={() => setDeleting(one)}
                />
              </>
            )}
          </>
        )}
      />
      {form && <CredentialForm credential={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {deleting && (
        <Confirm
          title={t("credential.deleteTitle", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => remove.mutateAsync(deleting.id)}
        >
          {t("credential.deleteText")}
        </Confirm>
      )}
    </>
  );
}

/** The public half, as it goes into a host's authorized_keys. */
function CopyKey({ credential }: { credential: Credential }) {
  const { t } = useTranslation();
  const clipboard = useClipboard();
  return (
    <RowAction
      icon={IconCopy}
      label={t("credential.copyPublic")}
      of={credential.name}
      onClick={() => {
        clipboard.copy(credential.public_key);
        notifications.show({ message: t("credential.copiedPublic") });
      }}
    />
  );
}
