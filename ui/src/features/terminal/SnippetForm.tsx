import { Button, Group, Modal, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";
import type { Snippet } from "./calls";

/** Writes a snippet down, changes it, or throws it away. */
export function SnippetForm({ snippet, onClose }: { snippet: Snippet | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(snippet?.name ?? "");
  const [text, setText] = useState(snippet?.text ?? "");
  const [shared, setShared] = useState(snippet?.shared ?? false);
  const [sure, setSure] = useState(false);
  const path = { params: { path: { snippet_id: snippet?.id ?? 0 } } };
  const save = useChange(() => {
    const body = { name, text, shared };
    return snippet
      ? data(api.PATCH("/api/v1/snippets/{snippet_id}", { ...path, body }))
      : data(api.POST("/api/v1/snippets", { body }));
  }, ["snippets"]);
  const drop = useChange(() => data(api.DELETE("/api/v1/snippets/{snippet_id}", path)), ["snippets"]);
  const wrong = fieldErrors(save.error);
  const known = Object.keys(wrong).some((field) => field === "name" || field === "text");
  return (
    <Modal opened onClose={onClose} title={t(snippet ? "snippet.edit" : "snippet.new")} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined as never, { onSuccess: onClose });
        }}
      >
        <Stack gap="sm">
          <TextInput
            data-autofocus
            required
            maxLength={100}
            label={t("snippet.name")}
            value={name}
            error={wrong.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            required
            autosize
            minRows={3}
            maxRows={16}
            className="mono"
            label={t("snippet.text")}
            description={t("snippet.textHint", { open: "{{", close: "}}" })}
            value={text}
            error={wrong.text}
            spellCheck={false}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Switch
            size="sm"
            label={t("snippet.shared")}
            checked={shared}
            onChange={(event) => setShared(event.currentTarget.checked)}
          />
          {save.error && !known && <ErrorNote error={save.error} />}
          {drop.error && <ErrorNote error={drop.error} />}
          <Group justify="space-between">
            {snippet ? (
              <Button
                variant="default"
                c="var(--mantine-color-error)"
                loading={drop.isPending}
                onClick={() => (sure ? drop.mutate(undefined as never, { onSuccess: onClose }) : setSure(true))}
              >
                {t(sure ? "snippet.dropSure" : "action.delete")}
              </Button>
            ) : (
              <Text />
            )}
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                {t("action.cancel")}
              </Button>
              <Button type="submit" loading={save.isPending}>
                {t("action.save")}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
