import { Button, Checkbox, Group, Modal, Stack, Text } from "@mantine/core";
import { IconDeviceFloppy, IconPlayerPlay } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { launch } from "../jobs/calls";
import { BecomeFields } from "../jobs/forms/BecomeFields";
import { Folded } from "../jobs/forms/Folded";
import { LimitsFields } from "../jobs/forms/LimitsFields";
import { SudoPassword } from "../jobs/forms/SudoPassword";
import { hand } from "../jobs/handover";
import { TargetPreview } from "../jobs/run/TargetPreview";
import { TargetsField, targetErrors } from "../jobs/run/TargetsField";
import { missingHosts, useResolved } from "../jobs/run/useResolved";
import type { Playbook } from "./calls";
import { Questions } from "./Questions";
import { becomesItself, begin, jobOf, type PlaybookRun, templateOf } from "./running";
import { titleOf } from "./words";

interface RunDialogProps {
  one: Playbook;
  text: string;
  onClose: () => void;
}

/** Where and how to run it; the hosts that this means are shown before. */
export function RunDialog({ one, text, onClose }: RunDialogProps) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const [run, setRun] = useState(() => begin(one));
  const change = (next: Partial<PlaybookRun>) => setRun((before) => ({ ...before, ...next }));
  const resolved = useResolved(run.targets);
  const send = useChange(launch, ["jobs"]);
  const errors = fieldErrors(send.error);
  const missing = missingHosts(resolved);
  const unsure = one.header.destructive && !run.check && !run.sure;
  const why = missing ? t(missing) : unsure ? t("playbook.confirmFirst") : undefined;
  const go = () => {
    if (why !== undefined || send.isPending) return;
    send.mutate(jobOf(one, run, i18n.language), {
      onSuccess: (job) => navigate({ to: "/jobs/$jobId", params: { jobId: String(job.id) } }),
    });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("playbook.runTitle", { name: titleOf(one, i18n.language) })}
      size="xl"
      closeOnClickOutside={false}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Stack gap="md">
          <TargetsField
            targets={run.targets}
            errors={targetErrors(errors)}
            onChange={(targets) => change({ targets })}
          />
          <TargetPreview resolved={resolved} />
          <Questions
            asked={one.header.parameters ?? []}
            answers={run.answers}
            errors={errors}
            onChange={(answers) => change({ answers })}
          />
          <How one={one} text={text} run={run} errors={errors} onChange={change} />
          {send.error && <ErrorNote error={send.error} />}
          <Group justify="flex-end" gap="xs">
            <Keep one={one} run={run} />
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <WhyButton type="submit" loading={send.isPending} why={why} leftSection={<IconPlayerPlay size={16} />}>
              {run.check
                ? t("playbook.dryRun")
                : why === undefined
                  ? t("run.go", { count: resolved.hosts?.length ?? 0 })
                  : t("run.goPlain")}
            </WhyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface HowProps extends Omit<RunDialogProps, "onClose"> {
  run: PlaybookRun;
  errors: Readonly<Record<string, string>>;
  onChange: (next: Partial<PlaybookRun>) => void;
}

/** As whom, really or only to see, and within which limits. */
function How({ one, text, run, errors, onChange }: HowProps) {
  const { t } = useTranslation();
  const { become } = run;
  const itself = one.header.become && becomesItself(text);
  return (
    <Stack gap="sm">
      {itself && become ? (
        <Group gap="sm">
          <Text size="sm">{t("playbook.becomesItself")}</Text>
          <SudoPassword become={become} error={errors.password} onChange={(next) => onChange({ become: next })} />
        </Group>
      ) : (
        <BecomeFields
          become={become}
          errors={errors.password ? { ...errors, "become.password": errors.password } : errors}
          withPassword
          onChange={(next) => onChange({ become: next })}
        />
      )}
      {(["check", "diff"] as const).map((name) => (
        <Checkbox
          key={name}
          label={t(`playbook.with.${name}`)}
          checked={run[name]}
          onChange={(event) => onChange({ [name]: event.currentTarget.checked })}
        />
      ))}
      <Folded label={t("run.limits")} open={Object.keys(errors).some((field) => field.startsWith("limits"))}>
        <LimitsFields few limits={run.limits} errors={errors} onChange={(limits) => onChange({ limits })} />
      </Folded>
      {one.header.destructive && !run.check && (
        <Checkbox
          color="red.8"
          label={t("playbook.sure")}
          checked={run.sure}
          onChange={(event) => onChange({ sure: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}

/** Keeps what was chosen as a template. */
function Keep({ one, run }: { one: Playbook; run: PlaybookRun }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  if (!useMay()("jobs.manage")) return null;
  const keep = () => {
    hand(templateOf(one, run, i18n.language));
    navigate({ to: "/jobs/templates/new", search: { draft: true } });
  };
  return (
    <Button variant="default" leftSection={<IconDeviceFloppy size={16} />} onClick={keep} me="auto">
      {t("run.keep")}
    </Button>
  );
}
