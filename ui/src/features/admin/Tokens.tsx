import { Button } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { tokensQuery, useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Once } from "../../parts/Once";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { type Column, Listing } from "./Listing";
import { useReach } from "./Rights";
import { TokenForm } from "./TokenForm";

type Token = Schemas["TokenView"];

export function Tokens() {
  const { t } = useTranslation();
  const all = useMay()("users.manage");
  const query = useQuery(tokensQuery);
  const reach = useReach();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const revoke = useChange(
    (id: number) => api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } }),
    ["tokens"],
  );
  const owner: Column<Token> = { head: t("token.owner"), cell: (token) => token.owner_name };
  const columns: Column<Token>[] = [
    { head: t("token.name"), cell: (token) => token.name },
    ...(all ? [owner] : []),
    { head: t("token.scopes"), cell: (token) => token.scopes.map((scope) => t(`scope.${scope}`)).join(", ") },
    { head: t("token.reach"), cell: reach },
    {
      head: t("token.expires"),
      cell: (token) => (token.expires_at ? <When at={token.expires_at} /> : t("token.never")),
    },
    {
      head: t("token.used"),
      cell: (token) => (token.last_used_at ? <When at={token.last_used_at} /> : t("token.unused")),
    },
  ];
  return (
    <>
      <Listing
        text={t("token.text")}
        query={query}
        empty={t("token.none")}
        columns={columns}
        action={
          <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
            {t("token.add")}
          </Button>
        }
        actions={(token) => (
          <RowAction
            icon={IconTrash}
            harm
            label={t("token.revoke")}
            of={token.name}
            onClick={() => setRevoking(token)}
          />
        )}
      />
      {adding && <TokenForm onMade={setMade} onClose={() => setAdding(false)} />}
      {made && <Once title={t("token.madeTitle")} text={t("token.made")} value={made} onClose={() => setMade(null)} />}
      {revoking && (
        <Confirm
          title={t("token.revokeTitle", { name: revoking.name })}
          action={t("token.revoke")}
          onClose={() => setRevoking(null)}
          onConfirm={() => revoke.mutateAsync(revoking.id)}
        >
          {t("token.revokeText")}
        </Confirm>
      )}
    </>
  );
}
