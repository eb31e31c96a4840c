import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { HostState } from "../api/client";

export const COLORS: Record<HostState, string> = {
  up: "var(--state-up)",
  down: "var(--state-bad)",
  key_changed: "var(--state-bad)",
  login_refused: "var(--state-warn)",
  key_pending: "var(--state-warn)",
  connecting: "var(--state-busy)",
  disabled: "var(--state-off)",
};

/** The shape says the same as the colour and the word do. */
export function StateMark({ state, size = 12 }: { state: HostState; size?: number }) {
  const color = COLORS[state];
  const shape = {
    up: <circle cx="6" cy="6" r="4" fill={color} />,
    down: <circle cx="6" cy="6" r="3.6" fill="none" stroke={color} strokeWidth="2.2" />,
    connecting: <circle cx="6" cy="6" r="4" fill={color} className="pulse" />,
    disabled: <rect x="2" y="5" width="8" height="2" rx="1" fill={color} />,
    key_pending: <path d="M6 1.5 11 10.5H1Z" fill={color} />,
    key_changed: <path d="M6 1.5 11 10.5H1Z" fill={color} />,
    login_refused: <path d="M6 1.5 11 10.5H1Z" fill={color} />,
  }[state];
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" style={{ flex: "none" }}>
      {shape}
    </svg>
  );
}

export function StateBadge({ state }: { state: HostState }) {
  const { t } = useTranslation();
  return (
    <Group gap={6} wrap="nowrap" data-state={state}>
      <StateMark state={state} />
      <Text span size="sm" c={COLORS[state]} fw={500} style={{ whiteSpace: "nowrap" }}>
        {t(`state.${state}`)}
      </Text>
    </Group>
  );
}
