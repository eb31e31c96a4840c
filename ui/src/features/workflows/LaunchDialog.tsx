import { Button, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { templatesQuery } from "../jobs/calls";
import { LaunchModal } from "../jobs/launch/LaunchModal";
import { useLaunch } from "../jobs/launch/useLaunch";
import { NO_TARGETS } from "../jobs/run/draft";
import { TargetPreview } from "../jobs/run/TargetPreview";
import { useResolved } from "../jobs/run/useResolved";
import type { Question, Template } from "../jobs/types";
import { launchWorkflow } from "./calls";
import type { Workflow, WorkflowNode } from "./types";

/** What is asked before a workflow is launched: its questions, and on which hosts each of its nodes will run. */
export function LaunchDialog({ workflow, onClose }: { workflow: Workflow; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const launch = useLaunch(workflow.survey as Question[]);
  const templates = useQuery(templatesQuery);
  const known = new Map((templates.data?.items ?? []).map((one) => [one.id, one]));
  const nodes = workflow.nodes.filter((one) => one.kind === "template");
  const send = useChange(launchWorkflow, ["workflow-runs", "workflows", "jobs"]);
  const errors = fieldErrors(send.error);
  const go = () => {
    const body = launch.given();
    if (body === null) return;
    send.mutate(
      { id: workflow.id, body },
      {
        onSuccess: ({ run }) => navigate({ to: "/workflow-runs/$runId", params: { runId: String(run.id) } }),
      },
    );
  };
  return (
    <LaunchModal
      of={workflow}
      launch={launch}
      becomes={nodes.some((one) => one.template_id !== null && Boolean(known.get(one.template_id)?.become))}
      errors={errors}
      error={send.error}
      onGo={go}
      onClose={onClose}
      button={
        <Button type="submit" loading={send.isPending} leftSection={<IconPlayerPlay size={16} />}>
          {t("template.launch")}
        </Button>
      }
    >
      <Stack gap="xs">
        {nodes.map((node) => (
          <NodeHosts
            key={node.key}
            node={node}
            template={node.template_id === null ? undefined : known.get(node.template_id)}
            errors={Object.entries(errors).flatMap(([field, said]) =>
              field.startsWith(`nodes.${node.key}.`) ? [said] : [],
            )}
          />
        ))}
      </Stack>
    </LaunchModal>
  );
}

interface NodeHostsProps {
  node: WorkflowNode;
  template: Template | undefined;
  errors: readonly string[];
}

/** On which hosts one node would run now. */
function NodeHosts({ node, template, errors }: NodeHostsProps) {
  const resolved = useResolved({ ...NO_TARGETS, ...(node.targets ?? template?.targets) });
  return (
    <section className="form-row" data-node-hosts={node.title || node.template_name}>
      <Text size="sm" fw={550}>
        {node.title || node.template_name}
      </Text>
      <TargetPreview resolved={resolved} />
      {errors.map((said) => (
        <Text key={said} size="sm" c="var(--mantine-color-error)" role="alert">
          {said}
        </Text>
      ))}
    </section>
  );
}
