import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Navigate, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { setupQuery } from "../../api/queries";
import { AccountForm } from "./AccountForm";
import { enter } from "./enter";
import { Frame } from "./Frame";

const route = getRouteApi("/login");

/** Only a path of this site is followed after the login. */
const inside = (next: string | undefined) =>
  next?.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : "/";

export function LoginPage() {
  const { t } = useTranslation();
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const { data: setup } = useQuery(setupQuery);
  if (setup?.needed) return <Navigate to="/setup" />;
  return (
    <Frame title={t("auth.login")}>
      <AccountForm
        action={t("auth.login")}
        onSubmit={async (username, password) => {
          enter(await data(api.POST("/api/v1/login", { body: { username, password } })));
          navigate({ href: inside(next) });
        }}
      />
      {setup?.self_registration && (
        <Anchor component={Link} to="/register" size="sm">
          {t("auth.toRegister")}
        </Anchor>
      )}
    </Frame>
  );
}
