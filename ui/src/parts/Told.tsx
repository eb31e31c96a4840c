import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

export type Tone = "good" | "bad" | "warn" | "busy" | "off";

const COLORS: Record<Tone, string> = {
  good: "var(--state-up)",
  bad: "var(--state-bad)",
  warn: "var(--state-warn)",
  busy: "var(--state-busy)",
  off: "var(--state-off)",
};

const SHAPES: Record<Tone, ReactNode> = {
  good: <circle cx="6" cy="6" r="4" fill="currentColor" />,
  bad: <path d="M6 1.5 11 10.5H1Z" fill="currentColor" />,
  warn: <path d="M6 1.5 11 10.5H1Z" fill="currentColor" />,
  busy: <circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" strokeWidth="2.2" />,
  off: <rect x="2" y="5" width="8" height="2" rx="1" fill="currentColor" />,
};

/** How something came out, in a shape, a colour and a word; below it, what was said of it. */
export function Told({ tone, word, children }: { tone: Tone; word: string; children?: ReactNode }) {
  return (
    <div>
      <Group gap={6} wrap="nowrap" c={COLORS[tone]} component="span" style={{ display: "inline-flex" }}>
        <svg width={12} height={12} viewBox="0 0 12 12" aria-hidden="true" style={{ flex: "none" }}>
          {SHAPES[tone]}
        </svg>
        <Text span size="sm" fw={500} style={{ whiteSpace: "nowrap" }}>
          {word}
        </Text>
      </Group>
      {children && (
        <Text size="xs" c="dimmed" maw={360}>
          {children}
        </Text>
      )}
    </div>
  );
}
