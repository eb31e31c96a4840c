import { ActionIcon, Button, Group, Stack, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconPlus, IconUserCheck } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../../parts/Notices";
import type { Template } from "../../jobs/types";
import { Graph, Legend } from "../Graph";
import {
  changed,
  faultOf,
  type NodeDraft,
  titleOf,
  type WorkflowDraft,
  withNode,
  withoutNode,
  withoutWay,
  withWay,
} from "./draft";
import { NodePanel } from "./NodePanel";
import type { History } from "./useHistory";

interface EditorProps {
  history: History<WorkflowDraft>;
  templates: ReadonlyMap<number, Template> | null;
  errors: ReadonlyMap<string, Record<string, string>>;
  readOnly: boolean;
}

const NONE: ReadonlyMap<number, Template> = new Map();

/** The graph, and beside it what is said of the chosen node. */
export function Editor({ history, templates, errors, readOnly }: EditorProps) {
  const { t } = useTranslation();
  const { now: draft, put } = history;
  const [chosen, setChosen] = useState<string | null>(draft.nodes[0]?.key ?? null);
  const titles = useMemo(
    () => new Map(draft.nodes.map((one) => [one.key, titleOf(one, templates ?? NONE) || t("workflow.kind.approval")])),
    [draft.nodes, templates, t],
  );
  const shown = useMemo(
    () =>
      draft.nodes.map((one) => {
        const fault = faultOf(one, draft, templates);
        const told = Object.values(errors.get(one.key) ?? {})[0];
        return {
          key: one.key,
          kind: one.kind,
          title: titles.get(one.key) ?? one.key,
          note: t(`workflow.kind.${one.kind === "approval" ? "approval" : "template"}`),
          converge: one.converge,
          fault: told ?? (fault ? t(`workflow.fault.${fault}`) : undefined),
        };
      }),
    [draft, templates, errors, titles, t],
  );
  const node = draft.nodes.find((one) => one.key === chosen);
  const add = (kind: NodeDraft["kind"], after = node?.key ?? null) => {
    const [next, key] = withNode(draft, kind, after);
    put(next);
    setChosen(key);
  };
  const drop = (key: string) => {
    if (readOnly) return;
    put(withoutNode(draft, key));
    setChosen(draft.edges.find((one) => one.to === key)?.from ?? null);
  };
  return (
    <Stack gap="xs">
      {!readOnly && <Tools history={history} onAdd={add} />}
      {draft.nodes.length === 0 ? (
        <div className="card">
          <Empty title={t("workflow.noNodes")}>{t("workflow.noNodesText")}</Empty>
        </div>
      ) : (
        <div className="flow-split">
          <Stack gap={6}>
            <Graph
              label={t("workflow.graph")}
              nodes={shown}
              ways={draft.edges}
              chosen={chosen}
              onOpen={setChosen}
              onDrop={drop}
            />
            <Legend />
          </Stack>
          {node && (
            <NodePanel
              key={node.key}
              node={node}
              draft={draft}
              templates={templates ?? NONE}
              titles={titles}
              errors={errors.get(node.key) ?? {}}
              readOnly={readOnly}
              onChange={(next, what) => put(changed(draft, node.key, next), `${node.key} ${what}`)}
              onAdd={add}
              onDrop={() => drop(node.key)}
              onWay={(to, when) => put(when ? withWay(draft, node.key, to, when) : withoutWay(draft, node.key, to))}
            />
          )}
        </div>
      )}
    </Stack>
  );
}

interface ToolsProps {
  history: History<WorkflowDraft>;
  onAdd: (kind: NodeDraft["kind"]) => void;
}

function Tools({ history, onAdd }: ToolsProps) {
  const { t } = useTranslation();
  const steps = [
    { name: "undo", icon: IconArrowBackUp, can: history.canUndo, go: history.undo },
    { name: "redo", icon: IconArrowForwardUp, can: history.canRedo, go: history.redo },
  ] as const;
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => onAdd("template")}>
        {t("workflow.addTemplate")}
      </Button>
      <Button size="xs" variant="default" leftSection={<IconUserCheck size={14} />} onClick={() => onAdd("approval")}>
        {t("workflow.addApproval")}
      </Button>
      {steps.map(({ name, icon: Icon, can, go }) => (
        <Tooltip key={name} label={t(`workflow.${name}`)}>
          <ActionIcon variant="default" disabled={!can} aria-label={t(`workflow.${name}`)} onClick={go}>
            <Icon size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      ))}
    </Group>
  );
}
