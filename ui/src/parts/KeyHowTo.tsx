import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Copyable } from "./Copyable";

const COMMAND = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";

/** How to see the fingerprint on the host itself. */
export function KeyHowTo() {
  const { t } = useTranslation();
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        {t("key.howTo")}
      </Text>
      <Copyable quiet open value={COMMAND} label={t("key.command")} />
    </Group>
  );
}
