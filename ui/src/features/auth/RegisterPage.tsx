import { Alert, Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { AccountForm } from "./AccountForm";
import { Frame } from "./Frame";

export function RegisterPage() {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  return (
    <Frame title={t("auth.register")} text={t("auth.registerText")}>
      {done ? (
        <Alert color="green">{t("auth.registered")}</Alert>
      ) : (
        <AccountForm
          fresh
          action={t("auth.create")}
          onSubmit={async (username, password) => {
            await api.POST("/api/v1/register", { body: { username, password } });
            setDone(true);
          }}
        />
      )}
      <Anchor component={Link} to="/login" size="sm">
        {t("auth.login")}
      </Anchor>
    </Frame>
  );
}
