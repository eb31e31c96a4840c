import { Checkbox, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange, useMe } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { FormModal } from "./FormModal";
import { type Reach, ReachFields } from "./Rights";

const SCOPES = ["read", "write", "admin"] as const;
const DAYS = ["30", "90", "365", "never"] as const;
const DAY_MS = 86_400_000;

export function TokenForm({ onMade, onClose }: { onMade: (token: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<(typeof SCOPES)[number][]>(["read"]);
  const [days, setDays] = useState<string>("90");
  const [reach, setReach] = useState<Reach>({ all_hosts: me?.all_hosts ?? false, group_ids: me?.group_ids ?? [] });
  const make = useChange(async () => {
    const expires_at = days === "never" ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
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
      why={scopes.length === 0 ? t("token.noScope") : undefined}
      onSubmit={() => make.mutate(undefined as never)}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        maxLength={100}
        label={t("token.name")}
        placeholder={t("token.placeholder")}
        value={name}
        error={fieldErrors(make.error).name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox.Group label={t("token.scopes")} value={scopes} onChange={(next) => setScopes(next as typeof scopes)}>
        <Stack gap={8} mt={4}>
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
      <ReachFields value={reach} whole={me?.all_hosts ?? false} onChange={setReach} />
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
    </FormModal>
  );
}
