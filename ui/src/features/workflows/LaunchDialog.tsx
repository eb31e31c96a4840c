import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";
import { templatesQuery } from "../jobs/calls";
import { SurveyFields } from "../jobs/forms/SurveyFields";
import { answersOf, wrongWith } from "../jobs/forms/survey";
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
  const questions = workflow.survey as Question[];
  const [answers, setAnswers] = useState(() => answersOf(questions));
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const templates = useQuery(templatesQuery);
  const known = new Map((templates.data?.items ?? []).map((one) => [one.id, one]));
  const nodes = workflow.nodes.filter((one) => one.kind === "template");
  const become = nodes.some((one) => one.template_id !== null && known.get(one.template_id)?.become);
  const send = useChange(launchWorkflow, ["workflow-runs", "workflows", "jobs"]);
  const errors = fieldErrors(send.error);
  const go = () => {
    setTried(true);
    if (questions.some((question) => wrongWith(question, answers[question.name]))) return;
    const params = Object.fromEntries(
      Object.entries(answers).filter((one): one is [string, string | number] => one[1] !== null && one[1] !== ""),
    );
    send.mutate(
      { id: workflow.id, body: { params, password: password || null } },
      {
        onSuccess: ({ run }) => navigate({ to: "/workflow-runs/$runId", params: { runId: String(run.id) } }),
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("template.launchTitle", { name: workflow.name })}
      size="lg"
      closeOnClickOutside={false}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Stack gap="md">
          {workflow.description && (
            <Text size="sm" c="dimmed">
              {workflow.description}
            </Text>
          )}
          <SurveyFields
            questions={questions}
            answers={answers}
            strict={tried}
            errors={Object.fromEntries(questions.map(({ name }) => [name, errors[`params.${name}`] ?? ""]))}
            onChange={setAnswers}
          />
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
          {become && (
            <PasswordInput
              label={t("run.becomePassword")}
              autoComplete="off"
              maw={320}
              value={password}
              error={errors.password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
          {send.error && <ErrorNote error={send.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={send.isPending} leftSection={<IconPlayerPlay size={16} />}>
              {t("template.launch")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
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
