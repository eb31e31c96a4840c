import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Host } from "../../api/client";
import { useMay } from "../../api/queries";
import { useDiscreet } from "../../app/preferences";
import { Confirm } from "../../parts/Confirm";
import { Copyable } from "../../parts/Copyable";
import { KeyHowTo } from "../../parts/KeyHowTo";

/** The key that a host shows and nobody has approved: the first one, or another than before. */
export function KeyPanel({ host }: { host: Host }) {
  const { t } = useTranslation();
  const may = useMay();
  const discreet = useDiscreet();
  const [asking, setAsking] = useState(false);
  const key = host.presented_key;
  if (!key) return null;
  const changed = host.state === "key_changed";
  const approve = () =>
    api.POST("/api/v1/hosts/{host_id}/keys/approve", {
      params: { path: { host_id: host.id } },
      body: { fingerprint: key.fingerprint },
    });
  return (
    <Alert
      color={changed ? "red" : "orange"}
      icon={changed ? <IconAlertTriangle size={20} /> : <IconKey size={20} />}
      title={t(changed ? "key.changedTitle" : "key.newTitle")}
      role="alert"
    >
      <Stack gap="xs">
        <Text size="sm">{t(changed ? "key.changedText" : "key.newText")}</Text>
        {changed &&
          host.pinned_keys.map((pin) => (
            <Group key={pin.fingerprint} gap="xs">
              <Text size="sm" w={80}>
                {t("key.before")}
              </Text>
              <Copyable value={`${pin.type} ${pin.fingerprint}`} label={t("key.before")} />
            </Group>
          ))}
        <Group gap="xs">
          <Text size="sm" w={80}>
            {t("key.now")}
          </Text>
          <Copyable value={`${key.type} ${key.fingerprint}`} label={t("key.now")} />
        </Group>
        <KeyHowTo />
        {may("hosts.operate") && (
          <Group>
            <Button color={changed ? "red.8" : undefined} onClick={() => setAsking(true)}>
              {t("key.approve")}
            </Button>
          </Group>
        )}
      </Stack>
      {asking && (
        <Confirm
          title={t("key.approveTitle", { name: host.name })}
          action={t("key.approve")}
          word={changed ? host.name : undefined}
          onConfirm={approve}
          onClose={() => setAsking(false)}
        >
          {t(changed ? "key.approveChanged" : "key.approveNew")}
          <br />
          <span className="mono">{discreet(key.fingerprint)}</span>
        </Confirm>
      )}
    </Alert>
  );
}
