import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isTrouble } from "./order";
import type { Container } from "./types";

function colorOf(one: Container): string {
  if (one.stale) return "var(--state-off)";
  if (isTrouble(one)) return "var(--state-bad)";
  if (one.health === "starting" || one.state === "created" || one.state === "removing") return "var(--state-busy)";
  if (one.state === "running") return "var(--state-up)";
  return one.state === "paused" ? "var(--state-warn)" : "var(--state-off)";
}

/** The shape says the same as colour and word do. */
export function ContainerMark({ container }: { container: Container }) {
  const color = colorOf(container);
  const shape = isTrouble(container) ? (
    <path d="M6 1.5 11 10.5H1Z" fill={color} />
  ) : container.state === "running" ? (
    <circle cx="6" cy="6" r="4" fill={color} className={container.health === "starting" ? "pulse" : undefined} />
  ) : container.state === "paused" ? (
    <path d="M2.5 2h2.5v8H2.5zM7 2h2.5v8H7z" fill={color} />
  ) : (
    <rect x="2.5" y="2.5" width="7" height="7" rx="1" fill="none" stroke={color} strokeWidth="2" />
  );
  return (
    <svg width={12} height={12} viewBox="0 0 12 12" aria-hidden="true" style={{ flex: "none" }}>
      {shape}
    </svg>
  );
}

/** Running, healthy; exited with 137, out of memory. */
export function ContainerState({ container }: { container: Container }) {
  const { t } = useTranslation();
  const more = detailOf(container, t);
  return (
    <Group gap={6} wrap="nowrap" data-container-state={container.state}>
      <ContainerMark container={container} />
      <Text span size="sm" fw={500} c={colorOf(container)} className="nowrap">
        {t(`container.state.${container.state}`)}
      </Text>
      {more && (
        <Text span size="xs" c="dimmed" className="nowrap">
          {more}
        </Text>
      )}
    </Group>
  );
}

function detailOf(one: Container, t: (key: string, values?: Record<string, unknown>) => string): string {
  if (one.stale) return t("container.stale");
  if (one.health) return t(`container.health.${one.health}`);
  if (one.state !== "exited" && one.state !== "dead") return "";
  if (one.oom_killed) return t("container.outOfMemory");
  return one.exit_code === null ? "" : t("container.exitCode", { code: one.exit_code });
}
