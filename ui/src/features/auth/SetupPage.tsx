import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { setupQuery } from "../../api/queries";
import { AccountForm } from "./AccountForm";
import { enter } from "./enter";
import { Frame } from "./Frame";

const route = getRouteApi("/setup");

export function SetupPage() {
  const { t } = useTranslation();
  const { token } = route.useSearch();
  const navigate = useNavigate();
  const { data: setup } = useQuery(setupQuery);
  if (setup && !setup.needed) {
    return (
      <Frame title={t("auth.setUpDone")}>
        <Anchor component={Link} to="/login" size="sm">
          {t("auth.login")}
        </Anchor>
      </Frame>
    );
  }
  if (!token) {
    return (
      <Frame title={t("auth.setUp")}>
        <Text size="sm">{t("auth.setUpLink")}</Text>
      </Frame>
    );
  }
  return (
    <Frame title={t("auth.setUp")} text={t("auth.setUpText")}>
      <AccountForm
        fresh
        action={t("auth.create")}
        onSubmit={async (username, password) => {
          enter(await data(api.POST("/api/v1/setup", { body: { token, username, password } })));
          navigate({ to: "/" });
        }}
      />
    </Frame>
  );
}
