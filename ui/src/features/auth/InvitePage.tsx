import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { ErrorNote, Rows } from "../../parts/Notices";
import { AccountForm } from "./AccountForm";
import { enter } from "./enter";
import { Frame } from "./Frame";

const route = getRouteApi("/invite");

export function InvitePage() {
  const { t } = useTranslation();
  const { token = "" } = route.useSearch();
  const navigate = useNavigate();
  const query = useQuery({
    queryKey: ["invitation", token],
    retry: false,
    queryFn: () => data(api.POST("/api/v1/invitations/preview", { body: { token } })),
  });
  return (
    <Frame title={t("auth.invited")} text={query.data && t("auth.invitedAs", { role: t(`role.${query.data.role}`) })}>
      {query.error && <ErrorNote error={query.error} />}
      {query.isPending && <Rows count={3} />}
      {query.data && (
        <AccountForm
          fresh
          action={t("auth.create")}
          onSubmit={async (username, password) => {
            enter(await data(api.POST("/api/v1/invitations/accept", { body: { token, username, password } })));
            navigate({ to: "/" });
          }}
        />
      )}
    </Frame>
  );
}
