import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { colorOfLook, type Look, Mark } from "../jobs/states";
import type { NodeState, RunState } from "./types";

const UP = "var(--state-up)";
const BAD = "var(--state-bad)";
const WARN = "var(--state-warn)";
const BUSY = "var(--state-busy)";
const OFF = "var(--state-off)";

const RUNS: Record<RunState, Look> = {
  running: ["pulse", BUSY],
  canceling: ["pulse", WARN],
  succeeded: ["dot", UP],
  failed: ["ring", BAD],
  canceled: ["square", OFF],
};
const NODES: Record<NodeState, Look> = {
  waiting: ["small", OFF],
  running: ["pulse", BUSY],
  waiting_approval: ["triangle", WARN],
  succeeded: ["dot", UP],
  failed: ["ring", BAD],
  skipped: ["dash", OFF],
  canceled: ["square", OFF],
  interrupted: ["triangle", WARN],
};

export const NodeMark = ({ state }: { state: NodeState }) => <Mark look={NODES[state]} />;
export const colorOfNode = (state: NodeState): string => colorOfLook(NODES[state]);

function Said({ look, state, children }: { look: Look; state: string; children: string }) {
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex" data-state={state}>
      <Mark look={look} />
      <Text span size="sm" c={colorOfLook(look)} fw={500} className="nowrap">
        {children}
      </Text>
    </Group>
  );
}

export function RunBadge({ state }: { state: RunState }) {
  const { t } = useTranslation();
  return (
    <Said look={RUNS[state]} state={state}>
      {t(`workflowRun.state.${state}`)}
    </Said>
  );
}

export function NodeBadge({ state }: { state: NodeState }) {
  const { t } = useTranslation();
  return (
    <Said look={NODES[state]} state={state}>
      {t(`workflowNode.state.${state}`)}
    </Said>
  );
}
