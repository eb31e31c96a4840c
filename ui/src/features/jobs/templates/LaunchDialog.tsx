import { Button, Group, Modal, PasswordInput, Stack, Switch, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { fieldErrors } from "../../../parts/fields";
import { ErrorNote } from "../../../parts/Notices";
import { WhyButton } from "../../../parts/WhyButton";
import { kindsQuery, launchTemplate } from "../calls";
import { SurveyFields } from "../forms/SurveyFields";
import { answersOf, wrongWith } from "../forms/survey";
import { NO_TARGETS } from "../run/draft";
import { TargetPreview } from "../run/TargetPreview";
import { TargetsField } from "../run/TargetsField";
import { isEmpty, missingHosts, useResolved } from "../run/useResolved";
import type { Question, Targets, Template } from "../types";

/** What is asked before a template is launched: its questions, and on which hosts it will run. */
export function LaunchDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const kinds = useQuery(kindsQuery);
  const kind = kinds.data?.items.find((one) => one.name === template.kind);
  const questions = template.survey as Question[];
  const [answers, setAnswers] = useState(() => answersOf(questions));
  const [targets, setTargets] = useState<Targets>({ ...NO_TARGETS, ...template.targets });
  const homeless = isEmpty({ ...NO_TARGETS, ...template.targets });
  const [elsewhere, setElsewhere] = useState(homeless);
  const [check, setCheck] = useState(template.check);
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const resolved = useResolved(targets);
  const send = useChange(launchTemplate, ["jobs"]);
  const errors = fieldErrors(send.error);
  const faulty = questions.some((question) => wrongWith(question, answers[question.name]));
  const count = resolved.hosts?.length ?? 0;
  const missing = missingHosts(resolved);
  const why = missing && t(missing);
  const go = () => {
    setTried(true);
    if (why !== undefined || faulty) return;
    const body = {
      params: Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== null && value !== "")),
      targets: elsewhere ? targets : null,
      password: password || null,
      check: kind?.can_check ? check : null,
      diff: kind?.can_diff && check ? true : null,
    };
    send.mutate(
      { id: template.id, body },
      { onSuccess: (job) => navigate({ to: "/jobs/$jobId", params: { jobId: String(job.id) } }) },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("template.launchTitle", { name: template.name })}
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
          {template.description && (
            <Text size="sm" c="dimmed">
              {template.description}
            </Text>
          )}
          <SurveyFields
            questions={questions}
            answers={answers}
            strict={tried}
            errors={Object.fromEntries(questions.map(({ name }) => [name, errors[`params.${name}`] ?? ""]))}
            onChange={setAnswers}
          />
          {!homeless && (
            <Switch
              label={t("template.elsewhere")}
              checked={elsewhere}
              onChange={(event) => {
                setElsewhere(event.currentTarget.checked);
                if (!event.currentTarget.checked) setTargets({ ...NO_TARGETS, ...template.targets });
              }}
            />
          )}
          {elsewhere && (
            <TargetsField
              targets={targets}
              errors={{ expression: errors["targets.expression"] ?? "" }}
              onChange={setTargets}
            />
          )}
          <TargetPreview resolved={resolved} />
          {template.become && (
            <PasswordInput
              label={t("run.becomePassword")}
              autoComplete="off"
              maw={320}
              value={password}
              error={errors.password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
          {kind?.can_check && (
            <Switch
              label={t("run.check")}
              checked={check}
              onChange={(event) => setCheck(event.currentTarget.checked)}
            />
          )}
          {template.needs_approval && (
            <Text size="sm" c="var(--state-warn)">
              {t("template.willWait")}
            </Text>
          )}
          {send.error && <ErrorNote error={send.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <WhyButton type="submit" why={why} loading={send.isPending} leftSection={<IconPlayerPlay size={16} />}>
              {why === undefined ? t("run.go", { count }) : t("run.goPlain")}
            </WhyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
