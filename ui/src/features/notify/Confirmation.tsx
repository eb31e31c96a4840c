import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { ErrorNote } from "../../parts/Notices";
import { When } from "../../parts/When";
import type { useAsk } from "./queries";

interface ConfirmationProps {
  own: Schemas["OwnNews"];
  ask: ReturnType<typeof useAsk>;
}

/** Whether the address is known to be its owner's, and the link that makes it so. */
export function Confirmation({ own, ask }: ConfirmationProps) {
  const { t } = useTranslation();
  if (own.confirmed)
    return (
      <Group gap={6} c="var(--state-up)">
        <IconCircleCheck size={16} aria-hidden />
        <Text size="sm">{t("notify.confirmed", { address: own.address })}</Text>
      </Group>
    );
  const refused = ask.data && !ask.data.ok;
  return (
    <>
      <Alert color="orange" icon={<IconAlertTriangle size={18} />} role="status">
        <Group justify="space-between" gap="xs">
          <Text size="sm" style={{ flex: "1 1 260px" }}>
            {t("notify.unconfirmed", { address: own.address })}{" "}
            {own.asked_at && !refused && (
              <>
                {t("notify.asked")} <When at={own.asked_at} />.
              </>
            )}
          </Text>
          <Button size="xs" variant="default" loading={ask.isPending} onClick={() => ask.mutate(undefined as never)}>
            {t(own.asked_at ? "notify.askAgain" : "notify.ask")}
          </Button>
        </Group>
      </Alert>
      {refused && (
        <Alert color="red" role="alert">
          {t("notify.testFailed", { words: ask.data?.words })}
        </Alert>
      )}
      {ask.error && <ErrorNote error={ask.error} />}
    </>
  );
}
