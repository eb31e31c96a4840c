import { PasswordInput, SegmentedControl, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { FormModal } from "./FormModal";

type Credential = Schemas["CredentialView"];
type Kind = "password" | "key";

/** A new credential, or another name or secret for one; the secret itself never comes back. */
export function CredentialForm({ credential, onClose }: { credential: Credential | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(credential?.name ?? "");
  const [kind, setKind] = useState<Kind>((credential?.kind as Kind | undefined) ?? "key");
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
        maxLength={100}
        label={t("credential.name")}
        placeholder={t("credential.namePlaceholder")}
        value={name}
        error={errors.name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {!credential && (
        <SegmentedControl
          size="sm"
          aria-label={t("credential.kindHead")}
          value={kind}
          onChange={(next) => setKind(next as Kind)}
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
            description={t("credential.keyHint")}
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
