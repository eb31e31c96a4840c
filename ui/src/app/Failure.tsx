import { Button, Center, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Empty, ErrorNote } from "../parts/Notices";

/** What stands in a page's place when it cannot be shown. */
export function Failure({ error }: { error?: unknown }) {
  const { t } = useTranslation();
  return (
    <Center component="main" mih="60vh" p="md">
      <Stack maw={520}>
        <Empty
          order={1}
          title={error ? t("failure.title") : t("failure.missing")}
          action={
            <Button component="a" href="/">
              {t("failure.home")}
            </Button>
          }
        >
          {error ? t("failure.text") : t("failure.missingText")}
        </Empty>
        {error ? <ErrorNote error={error} /> : null}
      </Stack>
    </Center>
  );
}
