import { Text, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { useDiscreet, useReader } from "../../app/preferences";
import { bytes, duration } from "../../format/units";

const PLAIN = ["os_name", "kernel", "arch", "virtualization", "cpu_model", "cores"] as const;
const MORE = ["timezone", "hostname"] as const;
const ON_A_PHONE = 1;

/** What kind of machine it is, in a line or two; on a phone the rest waits behind a press. */
export function Facts({ host }: { host: Host }) {
  const { t } = useTranslation();
  const { language } = useReader();
  const discreet = useDiscreet();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const [open, setOpen] = useState(false);
  const { facts, summary } = host;
  const plain = (names: readonly string[]): [string, string][] =>
    names.filter((name) => facts[name] != null && facts[name] !== "").map((name) => [name, String(facts[name])]);
  const addresses = Array.isArray(facts.addresses) ? facts.addresses.map(String).map(discreet).join(", ") : "";
  const all: [string, string][] = [
    ...plain(PLAIN),
    ...(summary.memory_total_bytes == null
      ? []
      : ([["memory", bytes(summary.memory_total_bytes)]] as [string, string][])),
    ...(summary.disk_total_bytes == null ? [] : ([["disk", bytes(summary.disk_total_bytes)]] as [string, string][])),
    ...(summary.uptime_s == null ? [] : ([["uptime", duration(summary.uptime_s, language)]] as [string, string][])),
    ...plain(MORE),
    ...(addresses ? ([["addresses", addresses]] as [string, string][]) : []),
  ];
  if (all.length === 0) return null;
  const shown = phone && !open ? all.slice(0, ON_A_PHONE) : all;
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <div className="card host-facts">
      <dl aria-label={t("fact.title")}>
        {facts.pending_reboot === true && (
          <div>
            <dt>{t("fact.pendingReboot")}</dt>
            <dd>
              <Text span size="sm" fw={550} c="var(--state-warn)">
                {t("fact.yes")}
              </Text>
            </dd>
          </div>
        )}
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`fact.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {phone && (
        <UnstyledButton className="facts-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? "fact.less" : "fact.more")} <Chevron size={14} />
        </UnstyledButton>
      )}
    </div>
  );
}
