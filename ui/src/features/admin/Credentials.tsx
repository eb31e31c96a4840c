import { Button, Group, PasswordInput, SegmentedControl, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { credentialsQuery, useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { fieldErrors } from "../../parts/fields";
import { Copyable } from "../../parts/Notices";
import { When } from "../../parts/When";
import { FormModal } from "./FormModal";
import { Listing } from "./Listing";

type Credential = Schemas["CredentialView"];

export function Credentials() {
  const { t } = useTranslation();
  const may = useMay()("credentials.write");
  const query = useQuery(credentialsQuery);
  const [form, setForm] = useState<Credential | "new" | null>(null);
  const [deleting, setDeleting] = useState<Credential | null>(null);
  const remove = useChange(
    (id: number) => api.DELETE("/api/v1/credentials/{credential_id}", { params: { path: { credential_id: id } } }),
    ["credentials"],
  );
  return (
    <>
      <Listing
        text={t("credential.text")}
        query={query}
        empty={t("credential.none")}
        heads={[
          t("credential.name"),
          t("credential.kindHead"),
          t("credential.public"),
          t("group.hosts"),
          t("credential.changed"),
          "",
        ]}
        action={
          may && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")}>
              {t("credential.add")}
            </Button>
          )
        }
        row={(one) => (
          <tr key={one.id}>
            <td>{one.name}</td>
            <td>{t(`credential.${one.kind}`)}</td>
            <td>{one.fingerprint ? <Copyable value={one.fingerprint} /> : "–"}</td>
            <td>{one.host_count}</td>
            <td>
              <When at={one.updated_at} />
            </td>
            <td>
              {may && (
                <Group gap={4} justify="flex-end" wrap="nowrap">
                  <Button size="compact-xs" variant="subtle" onClick={() => setForm(one)}>
                    {t("action.edit")}
                  </Button>
                  <Button size="compact-xs" variant="subtle" color="red" onClick={() => setDeleting(one)}>
                    {t("action.delete")}
                  </Button>
                </Group>
              )}
            </td>
          </tr>
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

function CredentialForm({ credential, onClose }: { credential: Credential | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(credential?.name ?? "");
  const [kind, setKind] = useState<"password" | "key">((credential?.kind as "password" | "key") ?? "key");
  const [password, setPassword] = useState("");
  const [key, setKey] = useState("");
  const [phrase, setPhrase] = useState("");
  const save = useChange(async () => {
    const secret = kind === "password" ? { password } : { private_key: key, passphrase: phrase || null };
    if (credential) {
      const replaced = kind === "password" ? password !== "" : key !== "";
      const body = replaced ? { name, ...secret } : { name };
      const params = { path: { credential_id: credential.id } };
      await data(api.PATCH("/api/v1/credentials/{credential_id}", { params, body }));
    } else await data(api.POST("/api/v1/credentials", { body: { name, kind, ...secret } }));
    onClose();
  }, ["credentials"]);
  const errors = fieldErrors(save.error);
  return (
    <FormModal
      title={credential ? t("credential.editTitle", { name: credential.name }) : t("credential.add")}
      action={t("action.save")}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate(undefined as never)}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        label={t("credential.name")}
        value={name}
        error={errors.name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {!credential && (
        <SegmentedControl
          size="xs"
          value={kind}
          onChange={(next) => setKind(next as "password" | "key")}
          data={[
            { value: "key", label: t("credential.key") },
            { value: "password", label: t("credential.password") },
          ]}
        />
      )}
      {credential && (
        <Text size="xs" c="dimmed">
          {t("credential.writeOnly")}
        </Text>
      )}
      {kind === "password" ? (
        <PasswordInput
          label={t("form.password")}
          required={!credential}
          autoComplete="new-password"
          value={password}
          error={errors.password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      ) : (
        <>
          <Textarea
            label={t("form.privateKey")}
            required={!credential}
            size="sm"
            autosize
            minRows={4}
            maxRows={10}
            spellCheck={false}
            classNames={{ input: "mono" }}
            placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
            value={key}
            error={errors.private_key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("form.passphrase")}
            autoComplete="new-password"
            value={phrase}
            error={errors.passphrase}
            onChange={(event) => setPhrase(event.currentTarget.value)}
          />
        </>
      )}
    </FormModal>
  );
}
