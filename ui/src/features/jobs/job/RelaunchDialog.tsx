import { Button, Group, Modal, PasswordInput, SegmentedControl, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { fieldErrors } from "../../../parts/fields";
import { ErrorNote } from "../../../parts/Notices";
import { relaunchJob } from "../calls";
import { SurveyFields } from "../forms/SurveyFields";
import { type Answers, answersOf, wrongWith } from "../forms/survey";
import type { Job, Question } from "../types";

/** The same job with other answers. A secret that is left empty stays as it was. */
export function RelaunchDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const questions = job.survey as Question[];
  const kept = new Set<string>(job.secret_params);
  const [answers, setAnswers] = useState(() => answersOf(questions, job.params as Answers));
  const [hosts, setHosts] = useState<"all" | "failed">("all");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const send = useChange(relaunchJob, ["jobs"]);
  const errors = fieldErrors(send.error);
  const said = Object.entries(answers).filter(([, value]) => value !== null && value !== "");
  const faulty = questions.some(
    (one) => !(kept.has(one.name) && !answers[one.name]) && wrongWith(one, answers[one.name]),
  );
  const go = () => {
    setTried(true);
    if (faulty) return;
    send.mutate(
      { id: job.id, hosts, params: Object.fromEntries(said), password: password || null },
      { onSuccess: (made) => navigate({ to: "/jobs/$jobId", params: { jobId: String(made.id) } }).then(onClose) },
    );
  };
  return (
    <Modal opened onClose={onClose} title={t("job.relaunchTitle", { name: job.name })} closeOnClickOutside={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Stack gap="sm">
          <SurveyFields
            questions={questions}
            answers={answers}
            strict={tried}
            errors={Object.fromEntries(questions.map(({ name }) => [name, errors[`params.${name}`] ?? ""]))}
            kept={kept}
            onChange={setAnswers}
          />
          <SegmentedControl
            aria-label={t("jobs.column.hosts")}
            value={hosts}
            onChange={(next) => setHosts(next as typeof hosts)}
            data={[
              { value: "all", label: t("job.onAll") },
              { value: "failed", label: t("job.onFailed") },
            ]}
          />
          {job.become && (
            <PasswordInput
              label={t("run.becomePassword")}
              autoComplete="off"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
          {send.error && <ErrorNote error={send.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={send.isPending}>
              {t("job.relaunch")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
