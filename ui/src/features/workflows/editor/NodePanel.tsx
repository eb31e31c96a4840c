import { Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Template } from "../../jobs/types";
import type { When } from "../graph";
import { ApprovalFields } from "./ApprovalFields";
import type { NodeDraft, WorkflowDraft } from "./draft";
import { TemplateNodeFields } from "./TemplateNodeFields";
import { WaysField } from "./WaysField";

interface NodePanelProps {
  node: NodeDraft;
  draft: WorkflowDraft;
  templates: ReadonlyMap<number, Template>;
  titles: ReadonlyMap<string, string>;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  onChange: (next: Partial<NodeDraft>, what: string) => void;
  onAdd: (kind: NodeDraft["kind"]) => void;
  onDrop: () => void;
  onWay: (to: string, when: When | null) => void;
}

/** All that is said of the node that is chosen. */
export function NodePanel(props: NodePanelProps) {
  const { node, draft, templates, titles, errors, readOnly, onChange, onAdd, onDrop, onWay } = props;
  const { t } = useTranslation();
  const into = draft.edges.filter((one) => one.to === node.key).length;
  const name = titles.get(node.key) ?? node.key;
  return (
    <section className="card panel" aria-label={t("workflow.nodeOf", { name })}>
      <fieldset disabled={readOnly} className="plain-fieldset">
        <Stack gap="sm">
          <h2 className="part-title">{t(`workflow.kind.${node.kind === "approval" ? "approval" : "template"}`)}</h2>
          {errors[""] && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {errors[""]}
            </Text>
          )}
          {node.kind === "approval" ? (
            <ApprovalFields node={node} errors={errors} onChange={onChange} />
          ) : (
            <>
              <TemplateNodeFields node={node} templates={templates} errors={errors} onChange={onChange} />
              <TextInput
                label={t("workflow.title")}
                description={t("workflow.titleText")}
                maxLength={200}
                value={node.title}
                error={errors.title}
                onChange={(event) => onChange({ title: event.currentTarget.value }, "title")}
              />
            </>
          )}
          {into > 1 && (
            <div>
              <Text size="sm" fw={500} mb={4}>
                {t("workflow.converge")}
              </Text>
              <SegmentedControl
                size="xs"
                aria-label={t("workflow.converge")}
                value={node.converge}
                onChange={(next) => onChange({ converge: next as NodeDraft["converge"] }, "converge")}
                data={(["any", "all"] as const).map((value) => ({ value, label: t(`workflow.converges.${value}`) }))}
              />
            </div>
          )}
          <WaysField
            from={node.key}
            ways={draft.edges}
            titles={titles}
            error={errors.ways}
            onPut={(to, when) => onWay(to, when)}
            onDrop={(to) => onWay(to, null)}
          />
          <Group gap="xs">
            <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => onAdd("template")}>
              {t("workflow.addNext")}
            </Button>
            <Button
              size="xs"
              variant="default"
              c="var(--mantine-color-error)"
              leftSection={<IconTrash size={14} />}
              onClick={onDrop}
            >
              {t("workflow.dropNode")}
            </Button>
          </Group>
        </Stack>
      </fieldset>
    </section>
  );
}
