import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { NodeMark } from "../states";
import { NODE_STATES } from "../types";

/** How many nodes are in which state, each with its mark. */
export function NodeCounts({ counts }: { counts: Readonly<Record<string, number>> }) {
  const { t } = useTranslation();
  return (
    <Group gap={12} component="span" display="inline-flex" style={{ rowGap: 2 }}>
      {NODE_STATES.filter((state) => counts[state]).map((state) => (
        <Group key={state} gap={5} wrap="nowrap" component="span" display="inline-flex">
          <NodeMark state={state} />
          <Text span size="sm">
            {counts[state]} {t(`workflowNode.state.${state}`)}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
