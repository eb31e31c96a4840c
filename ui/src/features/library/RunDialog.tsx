import { Button, Checkbox, Group, Modal, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { groupsQuery, tagsQuery, useChange } from "../../api/queries";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import type { Playbook } from "./calls";
import { type Answers, Questions, questionOf } from "./Questions";
import { titleOf } from "./words";

interface Choice {
  groups: string[];
  tags: string[];
  expression: string;
}

interface Switches {
  check: boolean;
  diff: boolean;
  become: boolean;
  sure: boolean;
}

const targetsOf = (choice: Choice) => ({
  group_ids: choice.groups.map(Number),
  tags: choice.tags,
  expression: choice.expression.trim(),
});

/** Where and how to run it; the hosts that this means are shown before. */
export function RunDialog({ one, onClose }: { one: Playbook; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { header } = one;
  const [choice, setChoice] = useState<Choice>({ groups: [], tags: [], expression: "" });
  const [answers, setAnswers] = useState<Answers>({});
  const [on, setOn] = useState<Switches>({ check: false, diff: true, become: header.become, sure: false });
  const targets = targetsOf(choice);
  const preview = useQuery({
    queryKey: ["job-preview", targets],
    queryFn: () => data(api.POST("/api/v1/jobs/preview", { body: { targets } })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const launch = useChange(() => start(one, header.parameters ?? [], answers, on, targets, i18n.language), ["jobs"]);
  const hosts = preview.data?.items ?? [];
  const why = whyNot(hosts.length, header.destructive && !on.check && !on.sure);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (why) return;
    const job = await launch.mutateAsync(undefined);
    location.assign(`/jobs/${job.id}`);
  };
  return (
    <Modal opened onClose={onClose} title={t("playbook.runTitle", { name: titleOf(one, i18n.language) })} size="lg">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Where choice={choice} onChange={setChoice} />
          <Text size="sm" role="status">
            {t("playbook.means", { count: hosts.length })}{" "}
            <Text span c="dimmed">
              {hosts
                .slice(0, 12)
                .map((host) => host.name)
                .join(", ")}
              {hosts.length > 12 ? " …" : ""}
            </Text>
          </Text>
          {preview.error && <ErrorNote error={preview.error} />}
          <Questions asked={header.parameters ?? []} answers={answers} onChange={setAnswers} />
          <How on={on} onChange={setOn} destructive={header.destructive} />
          {launch.error && <ErrorNote error={launch.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <WhyButton type="submit" loading={launch.isPending} why={why && t(why)}>
              {t(on.check ? "playbook.dryRun" : "playbook.run")}
            </WhyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function whyNot(hosts: number, unsure: boolean): "playbook.noHosts" | "playbook.confirmFirst" | undefined {
  if (hosts === 0) return "playbook.noHosts";
  return unsure ? "playbook.confirmFirst" : undefined;
}

function start(
  one: Playbook,
  asked: NonNullable<Playbook["header"]["parameters"]>,
  params: Answers,
  { check, diff, become }: Switches,
  targets: ReturnType<typeof targetsOf>,
  language: string,
) {
  return data(
    api.POST("/api/v1/jobs", {
      body: {
        kind: "playbook",
        name: titleOf(one, language),
        spec: { playbook: one.reference },
        targets,
        survey: asked.map((question) => questionOf(question, language)),
        params,
        become: become ? { user: "root" } : null,
        check,
        diff,
        needs_approval: false,
        lock: "none",
        on_lock: "wait",
      },
    }),
  );
}

function Where({ choice, onChange }: { choice: Choice; onChange: (choice: Choice) => void }) {
  const { t } = useTranslation();
  const groups = useQuery(groupsQuery).data?.items ?? [];
  const tags = useQuery(tagsQuery).data?.items ?? [];
  return (
    <>
      <Group grow align="start">
        <MultiSelect
          label={t("playbook.groups")}
          data={groups.map((group) => ({ value: String(group.id), label: group.name }))}
          value={choice.groups}
          onChange={(picked) => onChange({ ...choice, groups: picked })}
          searchable
        />
        <MultiSelect
          label={t("playbook.tags")}
          data={tags.map((tag) => tag.name)}
          value={choice.tags}
          onChange={(picked) => onChange({ ...choice, tags: picked })}
          searchable
        />
      </Group>
      <TextInput
        label={t("playbook.expression")}
        description={t("playbook.expressionText")}
        value={choice.expression}
        onChange={(event) => onChange({ ...choice, expression: event.currentTarget.value })}
        autoComplete="off"
        spellCheck={false}
      />
    </>
  );
}

interface HowProps {
  on: Switches;
  onChange: (on: Switches) => void;
  destructive: boolean;
}

function How({ on, onChange, destructive }: HowProps) {
  const { t } = useTranslation();
  return (
    <Stack gap={6}>
      {(["check", "diff", "become"] as const).map((name) => (
        <Checkbox
          key={name}
          label={t(`playbook.with.${name}`)}
          checked={on[name]}
          onChange={(event) => onChange({ ...on, [name]: event.currentTarget.checked })}
        />
      ))}
      {destructive && !on.check && (
        <Checkbox
          color="red.8"
          label={t("playbook.sure")}
          checked={on.sure}
          onChange={(event) => onChange({ ...on, sure: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}
