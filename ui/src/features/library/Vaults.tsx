import { Button, Group, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { ErrorNote } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";
import { addVault, deleteVault, type Vault, vaultsQuery } from "./calls";

/** Passwords that open what ansible-vault has encrypted. */
export function Vaults() {
  const { t } = useTranslation();
  const may = useMay();
  const { data, error, refetch } = useQuery(vaultsQuery);
  const [deleting, setDeleting] = useState<Vault | null>(null);
  const drop = useChange(deleteVault, ["vaults"]);
  return (
    <Stack gap="xs">
      <Title order={2} fz={16}>
        {t("vault.title")}
      </Title>
      <Text size="sm" c="dimmed" maw={720}>
        {t("vault.text")}
      </Text>
      {error && <ErrorNote error={error} onRetry={refetch} />}
      {data?.items.map((one) => (
        <Group key={one.id} gap="xs">
          <Text size="sm" ff="monospace">
            {one.name}
          </Text>
          {may("playbooks.write") && (
            <RowAction
              icon={IconTrash}
              harm
              label={t("action.delete")}
              of={one.name}
              onClick={() => setDeleting(one)}
            />
          )}
        </Group>
      ))}
      {may("playbooks.write") && <AddVault />}
      {deleting && (
        <Confirm
          title={t("vault.deleteTitle", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => drop.mutateAsync(deleting.id)}
        >
          {t("vault.deleteText")}
        </Confirm>
      )}
    </Stack>
  );
}

function AddVault() {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const add = useChange(addVault, ["vaults"]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await add.mutateAsync({ name, password });
    setName("");
    setPassword("");
  };
  return (
    <form onSubmit={submit}>
      <Group align="end" gap="xs">
        <TextInput
          label={t("vault.name")}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
        />
        <PasswordInput
          label={t("vault.password")}
          required
          w={240}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          {t("vault.add")}
        </Button>
      </Group>
      {add.error && <ErrorNote error={add.error} />}
    </form>
  );
}
