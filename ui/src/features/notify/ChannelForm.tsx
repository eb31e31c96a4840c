import { Select, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { Rows } from "../../parts/Notices";
import { FormModal } from "../admin/FormModal";
import { type Channel, kindsQuery } from "./queries";
import { type FieldSchema, SchemaFields } from "./SchemaFields";

interface Schema {
  properties: Record<string, FieldSchema>;
  required?: string[];
}

/** A new channel, or another name or settings for one; secrets never come back. */
export function ChannelForm({ channel, onClose }: { channel: Channel | null; onClose: () => void }) {
  const { t } = useTranslation();
  const kinds = useQuery(kindsQuery);
  const [name, setName] = useState(channel?.name ?? "");
  const [kindName, setKindName] = useState(channel?.kind ?? "");
  const [enabled, setEnabled] = useState(channel?.enabled ?? true);
  const [values, setValues] = useState<Record<string, unknown>>(channel?.options ?? {});
  const kind = kinds.data?.items.find((one) => one.name === kindName) ?? kinds.data?.items[0];
  const save = useChange(async () => {
    if (channel)
      await data(
        api.PATCH("/api/v1/notify/channels/{channel_id}", {
          params: { path: { channel_id: channel.id } },
          body: { name, enabled, options: values },
        }),
      );
    else
      await data(
        api.POST("/api/v1/notify/channels", { body: { name, enabled, kind: kind?.name ?? "", options: values } }),
      );
    onClose();
  }, ["channels", "own-news"]);
  const errors = fieldErrors(save.error);
  const schema = kind?.schema as unknown as Schema | undefined;
  return (
    <FormModal
      title={channel ? t("notify.editChannel", { name: channel.name }) : t("notify.addChannel")}
      action={t("action.save")}
      busy={save.isPending}
      error={save.error ?? kinds.error}
      onSubmit={() => save.mutate(undefined as never)}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        size="sm"
        maxLength={100}
        label={t("notify.name")}
        value={name}
        error={errors.name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {!channel && (kinds.data?.items.length ?? 0) > 1 && (
        <Select
          size="sm"
          label={t("notify.kind")}
          allowDeselect={false}
          value={kind?.name}
          data={kinds.data?.items.map((one) => ({ value: one.name, label: t(`notify.kinds.${one.name}`) }))}
          onChange={(next) => {
            setKindName(next ?? "");
            setValues({});
          }}
        />
      )}
      {kinds.isPending && <Rows count={4} />}
      {kind && schema && (
        <SchemaFields
          properties={schema.properties}
          required={schema.required ?? []}
          values={values}
          kept={channel?.secrets_set ?? []}
          errors={errors}
          onChange={(field, value) => setValues((before) => ({ ...before, [field]: value }))}
        />
      )}
      <Switch
        size="sm"
        label={t("notify.enabled")}
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
    </FormModal>
  );
}
