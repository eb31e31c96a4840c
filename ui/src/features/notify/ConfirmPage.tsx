import { Alert, Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { ErrorNote } from "../../parts/Notices";
import { Frame } from "../auth/Frame";

const route = getRouteApi("/confirm");

/** Where the link in a mail leads. It asks for a press: programs that scan mail open links, too. */
export function ConfirmPage() {
  const { t } = useTranslation();
  const { token = "" } = route.useSearch();
  const confirm = useMutation({ mutationFn: () => data(api.POST("/api/v1/notify/confirm", { body: { token } })) });
  return (
    <Frame title={t("confirmed.title")} text={confirm.data ? undefined : t("confirmed.text")}>
      {confirm.error && <ErrorNote error={confirm.error} />}
      {confirm.data ? (
        <Alert color="green" role="status">
          <Text size="sm">{t("confirmed.done", { address: confirm.data.address })}</Text>
        </Alert>
      ) : (
        <Button loading={confirm.isPending} onClick={() => confirm.mutate()}>
          {t("confirmed.action")}
        </Button>
      )}
    </Frame>
  );
}
