import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { JobState, ResultState } from "./types";

const UP = "var(--state-up)";
const BAD = "var(--state-bad)";
const WARN = "var(--state-warn)";
const BUSY = "var(--state-busy)";
const OFF = "var(--state-off)";

/** The shape says the same as the colour and the word do. */
const SHAPES = {
  dot: (color: string) => <circle cx="6" cy="6" r="4" fill={color} />,
  pulse: (color: string) => <circle cx="6" cy="6" r="4" fill={color} className="pulse" />,
  ring: (color: string) => <circle cx="6" cy="6" r="3.6" fill="none" stroke={color} strokeWidth="2.2" />,
  small: (color: string) => <circle cx="6" cy="6" r="3.4" fill="none" stroke={color} strokeWidth="1.2" />,
  dash: (color: string) => <rect x="2" y="5" width="8" height="2" rx="1" fill={color} />,
  square: (color: string) => <rect x="2.5" y="2.5" width="7" height="7" rx="1" fill={color} />,
  diamond: (color: string) => <path d="M6 1 11 6 6 11 1 6Z" fill={color} />,
  triangle: (color: string) => <path d="M6 1.5 11 10.5H1Z" fill={color} />,
  cross: (color: string) => <path d="M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5" stroke={color} strokeWidth="2.2" />,
} as const;
/** A shape and its colour. */
export type Look = readonly [keyof typeof SHAPES, string];

const JOBS: Record<JobState, Look> = {
  pending: ["small", OFF],
  waiting_approval: ["triangle", WARN],
  running: ["pulse", BUSY],
  succeeded: ["dot", UP],
  failed: ["ring", BAD],
  canceled: ["square", OFF],
  interrupted: ["triangle", WARN],
};
const RESULTS: Record<ResultState, Look> = {
  pending: ["small", OFF],
  running: ["pulse", BUSY],
  ok: ["dot", UP],
  changed: ["diamond", WARN],
  failed: ["ring", BAD],
  unreachable: ["cross", BAD],
  skipped: ["dash", OFF],
  canceled: ["square", OFF],
  interrupted: ["triangle", WARN],
};

export function Mark({ look: [shape, color], size = 12 }: { look: Look; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" style={{ flex: "none" }}>
      {SHAPES[shape](color)}
    </svg>
  );
}

export const JobMark = ({ state }: { state: JobState }) => <Mark look={JOBS[state]} />;
export const ResultMark = ({ state, size }: { state: ResultState; size?: number }) => (
  <Mark look={RESULTS[state]} size={size} />
);
export const colorOf = (state: ResultState): string => RESULTS[state][1];
export const colorOfLook = ([, color]: Look): string => color;

function Badge({
  color,
  mark,
  children,
  state,
}: {
  color: string;
  mark: ReactNode;
  children: ReactNode;
  state: string;
}) {
  return (
    <Group
      gap={6}
      wrap="nowrap"
      data-state={state}
      component="span"
      display="inline-flex"
      style={{ verticalAlign: "middle" }}
    >
      {mark}
      <Text span size="sm" c={color} fw={500} className="nowrap">
        {children}
      </Text>
    </Group>
  );
}

export function JobBadge({ state }: { state: JobState }) {
  const { t } = useTranslation();
  return (
    <Badge state={state} color={JOBS[state][1]} mark={<JobMark state={state} />}>
      {t(`job.state.${state}`)}
    </Badge>
  );
}

export function ResultBadge({ state }: { state: ResultState }) {
  const { t } = useTranslation();
  return (
    <Badge state={state} color={RESULTS[state][1]} mark={<ResultMark state={state} />}>
      {t(`result.${state}`)}
    </Badge>
  );
}
