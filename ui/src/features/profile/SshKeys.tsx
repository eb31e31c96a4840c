import { Button, Group, Paper, Stack, Text, Textarea, TextInput, Title, VisuallyHidden } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { gatewayQuery, sshKeysQuery, useChange } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Copyable } from "../../parts/Copyable";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote, Rows } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";

type Key = Schemas["SshKeyView"];

/** One's own public keys, and how to reach a host by them. Nothing of it where the gateway is switched off. */
export function SshKeys() {
  const { data: gateway } = useQuery(gatewayQuery);
  return gateway?.enabled ? <Keys gateway={gateway} /> : null;
}

function Keys({ gateway }: { gateway: Schemas["GatewayView"] }) {
  const { t } = useTranslation();
  const query = useQuery(sshKeysQuery);
  return (
    <div className="card scroll-x">
      <Stack p="md" gap="sm">
        <Title order={2}>{t("sshKeys.title")}</Title>
        <Text size="sm">{t("sshKeys.text")}</Text>
        <Copyable value={gateway.command} label={t("sshKeys.copyCommand")} />
        <Text size="sm" c="dimmed">
          {t("sshKeys.fingerprint")} <span className="mono">{gateway.fingerprint}</span>
        </Text>
      </Stack>
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      {query.isPending && <Rows count={2} />}
      {query.data && query.data.items.length > 0 && <Table keys={query.data.items} />}
      <Adding />
    </div>
  );
}

function Table({ keys }: { keys: Key[] }) {
  const { t } = useTranslation();
  const [deleting, setDeleting] = useState<Key | null>(null);
  const remove = useChange(
    (id: number) => api.DELETE("/api/v1/me/ssh-keys/{key_id}", { params: { path: { key_id: id } } }),
    ["ssh-keys"],
  );
  return (
    <>
      <table className="grid-table stacking">
        <thead>
          <tr>
            <th>{t("sshKeys.name")}</th>
            <th>{t("sshKeys.print")}</th>
            <th>{t("sshKeys.used")}</th>
            <th>
              <VisuallyHidden>{t("action.actions")}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <td>{key.name}</td>
              <td className="mono" data-label={t("sshKeys.print")}>
                {key.fingerprint}
              </td>
              <td data-label={t("sshKeys.used")}>
                {key.last_used_at ? <When at={key.last_used_at} /> : t("sshKeys.never")}
              </td>
              <td className="stick-right">
                <RowAction
                  icon={IconTrash}
                  harm
                  label={t("sshKeys.delete")}
                  of={key.name}
                  onClick={() => setDeleting(key)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {deleting && (
        <Confirm
          title={t("sshKeys.deleteTitle", { name: deleting.name })}
          action={t("sshKeys.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => remove.mutateAsync(deleting.id)}
        >
          {t("sshKeys.deleteText")}
        </Confirm>
      )}
    </>
  );
}

function Adding() {
  const { t } = useTranslation();
  const [line, setLine] = useState("");
  const [name, setName] = useState("");
  const add = useChange(async () => {
    await data(api.POST("/api/v1/me/ssh-keys", { body: { line, name } }));
    setLine("");
    setName("");
  }, ["ssh-keys"]);
  const errors = fieldErrors(add.error);
  return (
    <Paper p="md" maw={560}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined as never);
        }}
      >
        <Stack gap="sm">
          <Textarea
            label={t("sshKeys.line")}
            description={t("sshKeys.lineHint")}
            placeholder="ssh-ed25519 AAAA…"
            autosize
            minRows={2}
            required
            classNames={{ input: "mono" }}
            value={line}
            error={errors.line}
            onChange={(event) => setLine(event.currentTarget.value)}
          />
          <TextInput
            label={t("sshKeys.name")}
            description={t("sshKeys.nameHint")}
            value={name}
            error={errors.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {add.error && !errors.line && !errors.name && <ErrorNote error={add.error} />}
          <Group>
            <Button type="submit" loading={add.isPending}>
              {t("sshKeys.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
