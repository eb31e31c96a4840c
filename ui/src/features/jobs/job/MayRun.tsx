import { Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** It could not be looked at whether it has ended there: somebody may have to. */
export function MayRun() {
  const { t } = useTranslation();
  return (
    <Text span size="sm" c="var(--state-warn)" fw={500} mr={8} title={t("job.mayRunText")} data-may-run>
      <IconAlertTriangle size={14} stroke={1.8} style={{ verticalAlign: "-2px", marginRight: 4 }} aria-hidden />
      {t("job.mayRun")}
    </Text>
  );
}
