import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";

interface AccountFormProps {
  action: string;
  /** A new account: the password is entered twice. */
  fresh?: boolean;
  onSubmit: (username: string, password: string) => Promise<unknown>;
}

export function AccountForm({ action, fresh = false, onSubmit }: AccountFormProps) {
  const { t } = useTranslation();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const submit = useChange(() => onSubmit(username, password));
  const errors = fieldErrors(submit.error);
  const differs = fresh && again !== "" && again !== password;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!differs) submit.mutate(undefined as never);
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={t("auth.username")}
          required
          autoFocus
          autoComplete="username"
          value={username}
          error={errors.username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("auth.password")}
          description={fresh ? t("auth.passwordHint") : undefined}
          required
          autoComplete={fresh ? "new-password" : "current-password"}
          value={password}
          error={errors.password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {fresh && (
          <PasswordInput
            label={t("auth.again")}
            required
            autoComplete="new-password"
            value={again}
            error={differs ? t("auth.differs") : undefined}
            onChange={(event) => setAgain(event.currentTarget.value)}
          />
        )}
        {submit.error && <ErrorNote error={submit.error} />}
        <Button type="submit" loading={submit.isPending} disabled={differs} fullWidth>
          {action}
        </Button>
      </Stack>
    </form>
  );
}
