import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { View } from "./view";

const SLOW_MS = 300;

/** How long a key takes to Moorline and back. */
export function Latency({ ms, phase }: { ms: number | null; phase: View["phase"] }) {
  const { t } = useTranslation();
  if (phase === "over" || ms === null) return null;
  return (
    <Text
      span
      size="xs"
      c={ms > SLOW_MS ? "var(--state-warn)" : "dimmed"}
      className="nowrap"
      title={t("terminal.latency")}
      data-latency
    >
      {ms < 1 ? "<1" : Math.round(ms)} ms
    </Text>
  );
}
