import { Alert, Button, Checkbox, Group, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { tokensQuery, useChange, useMe } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { fieldErrors } from "../../parts/fields";
import { Copyable } from "../../parts/Notices";
import { When } from "../../parts/When";
import { FormModal } from "./FormModal";
import { Listing } from "./Listing";
import { type Reach, ReachFields, useReach } from "./Rights";

type Token = Schemas["TokenView"];
const SCOPES = ["read", "write", "admin"] as const;
const DAYS = ["30", "90", "365", "never"] as const;

export function Tokens() {
  const { t } = useTranslation();
  const query = useQuery(tokensQuery);
  const reach = useReach();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const revoke = useChange(
    (id: number) => api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } }),
    ["tokens"],
  );
  return (
    <>
      {made && (
        <Alert color="green" title={t("token.made")} withCloseButton onClose={() => setMade(null)}>
          <Copyable value={made} />
        </Alert>
      )}
      <Listing
        text={t("token.text")}
        query={query}
        empty={t("token.none")}
        heads={[
          t("token.name"),
          t("token.owner"),
          t("token.scopes"),
          t("token.reach"),
          t("token.expires"),
          t("token.used"),
          "",
        ]}
        action={
          <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
            {t("token.add")}
          </Button>
        }
        row={(token) => (
          <tr key={token.id}>
            <td>{token.name}</td>
            <td>{token.owner_name}</td>
            <td>{token.scopes.map((scope) => t(`scope.${scope}`)).join(", ")}</td>
            <td>{reach(token)}</td>
            <td>{token.expires_at ? <When at={token.expires_at} /> : t("token.never")}</td>
            <td>
              <When at={token.last_used_at} />
            </td>
            <td style={{ textAlign: "right" }}>
              <Button size="compact-xs" variant="subtle" color="red" onClick={() => setRevoking(token)}>
                {t("token.revoke")}
              </Button>
            </td>
          </tr>
        )}
      />
      {adding && <TokenForm onMade={setMade} onClose={() => setAdding(false)} />}
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

function TokenForm({ onMade, onClose }: { onMade: (token: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<(typeof SCOPES)[number][]>(["read"]);
  const [days, setDays] = useState<string>("90");
  const [reach, setReach] = useState<Reach>({ all_hosts: me?.all_hosts ?? false, group_ids: me?.group_ids ?? [] });
  const make = useChange(async () => {
    const expires_at = days === "never" ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
    const token = await data(api.POST("/api/v1/tokens", { body: { name, scopes, ...reach, expires_at } }));
    onMade(token.token);
    onClose();
  }, ["tokens"]);
  return (
    <FormModal
      title={t("token.add")}
      action={t("token.make")}
      busy={make.isPending}
      error={make.error}
      disabled={scopes.length === 0}
      onSubmit={() => make.mutate(undefined as never)}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        label={t("token.name")}
        placeholder={t("token.placeholder")}
        value={name}
        error={fieldErrors(make.error).name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox.Group label={t("token.scopes")} value={scopes} onChange={(next) => setScopes(next as typeof scopes)}>
        <Stack gap={6} mt={4}>
          {SCOPES.map((scope) => (
            <Checkbox
              key={scope}
              size="sm"
              value={scope}
              label={t(`scope.${scope}`)}
              description={t(`scope.${scope}Hint`)}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <Group grow>
        <Select
          label={t("token.expires")}
          size="sm"
          allowDeselect={false}
          value={days}
          onChange={(next) => setDays(next ?? "90")}
          data={DAYS.map((one) => ({
            value: one,
            label: one === "never" ? t("token.never") : t("token.days", { count: Number(one) }),
          }))}
        />
      </Group>
      <ReachFields value={reach} onChange={setReach} />
    </FormModal>
  );
}
