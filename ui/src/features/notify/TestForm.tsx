import { Alert, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { FormModal } from "../admin/FormModal";
import type { Channel } from "./queries";

/** Sends a test; what the other side said stays until the next try. */
export function TestForm({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useState("");
  const test = useChange(() =>
    data(
      api.POST("/api/v1/notify/channels/{channel_id}/test", {
        params: { path: { channel_id: channel.id } },
        body: { address, language: i18n.language === "zh-CN" ? "zh-CN" : "en" },
      }),
    ),
  );
  const result = test.data;
  return (
    <FormModal
      title={t("notify.testTitle", { name: channel.name })}
      action={t("notify.test")}
      busy={test.isPending}
      error={test.error}
      onSubmit={() => test.mutate(undefined as never)}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        size="sm"
        label={t("notify.address")}
        value={address}
        error={fieldErrors(test.error).address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      {result && (
        <Alert color={result.ok ? "teal" : "red"} variant="light" role="status">
          {result.ok ? t("notify.testOk", { address }) : t("notify.testFailed", { words: result.words })}
        </Alert>
      )}
    </FormModal>
  );
}
