import { SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { bytes, duration } from "../../format/units";

const PLAIN = ["os_name", "kernel", "arch", "virtualization", "cpu_model", "cores", "timezone", "hostname"] as const;

/** What kind of machine it is. */
export function Facts({ host }: { host: Host }) {
  const { t } = useTranslation();
  const { facts, summary } = host;
  const addresses = Array.isArray(facts.addresses) ? facts.addresses.join(", ") : "";
  const shown: [string, string][] = PLAIN.filter((name) => facts[name] != null && facts[name] !== "").map((name) => [
    t(`fact.${name}`),
    String(facts[name]),
  ]);
  if (summary.memory_total_bytes != null) shown.push([t("fact.memory"), bytes(summary.memory_total_bytes)]);
  if (summary.disk_total_bytes != null) shown.push([t("fact.disk"), bytes(summary.disk_total_bytes)]);
  if (summary.uptime_s != null) shown.push([t("fact.uptime"), duration(summary.uptime_s)]);
  if (addresses) shown.push([t("fact.addresses"), addresses]);
  if (facts.pending_reboot === true) shown.push([t("fact.pendingReboot"), t("fact.yes")]);
  if (shown.length === 0) return null;
  return (
    <SimpleGrid
      className="card"
      p="sm"
      cols={{ base: 2, sm: 3, lg: 5 }}
      spacing="sm"
      verticalSpacing={8}
      aria-label={t("fact.title")}
    >
      {shown.map(([label, value]) => (
        <div key={label} style={{ minWidth: 0 }}>
          <Text size="xs" c="dimmed">
            {label}
          </Text>
          <Text size="sm" lineClamp={2} title={value}>
            {value}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}
