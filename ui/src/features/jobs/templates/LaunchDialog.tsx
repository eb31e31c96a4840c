import { Switch, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { fieldErrors } from "../../../parts/fields";
import { WhyButton } from "../../../parts/WhyButton";
import { kindsQuery, launchTemplate } from "../calls";
import { LaunchModal } from "../launch/LaunchModal";
import { useLaunch } from "../launch/useLaunch";
import { NO_TARGETS } from "../run/draft";
import { TargetPreview } from "../run/TargetPreview";
import { TargetsField, targetErrors } from "../run/TargetsField";
import { isEmpty, missingHosts, useResolved } from "../run/useResolved";
import type { Question, Targets, Template } from "../types";

/** What is asked before a template is launched: its questions, and on which hosts it will run. */
export function LaunchDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const kinds = useQuery(kindsQuery);
  const kind = kinds.data?.items.find((one) => one.name === template.kind);
  const launch = useLaunch(template.survey as Question[]);
  const [targets, setTargets] = useState<Targets>({ ...NO_TARGETS, ...template.targets });
  const homeless = isEmpty({ ...NO_TARGETS, ...template.targets });
  const [elsewhere, setElsewhere] = useState(homeless);
  const [check, setCheck] = useState(template.check);
  const resolved = useResolved(targets);
  const send = useChange(launchTemplate, ["jobs"]);
  const errors = fieldErrors(send.error);
  const count = resolved.hosts?.length ?? 0;
  const missing = missingHosts(resolved);
  const why = missing && t(missing);
  const go = () => {
    const given = launch.given();
    if (why !== undefined || given === null) return;
    const body = {
      ...given,
      targets: elsewhere ? targets : null,
      check: kind?.can_check ? check : null,
      diff: kind?.can_diff && check ? true : null,
    };
    send.mutate(
      { id: template.id, body },
      { onSuccess: (job) => navigate({ to: "/jobs/$jobId", params: { jobId: String(job.id) } }) },
    );
  };
  return (
    <LaunchModal
      of={template}
      launch={launch}
      becomes={template.become !== null}
      errors={errors}
      error={send.error}
      onGo={go}
      onClose={onClose}
      more={
        <>
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
        </>
      }
      button={
        <WhyButton type="submit" why={why} loading={send.isPending} leftSection={<IconPlayerPlay size={16} />}>
          {why === undefined ? t("run.go", { count }) : t("run.goPlain")}
        </WhyButton>
      }
    >
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
      {elsewhere && <TargetsField targets={targets} errors={targetErrors(errors)} onChange={setTargets} />}
      <TargetPreview resolved={resolved} />
    </LaunchModal>
  );
}
