import { Group, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { FormModal } from "../admin/FormModal";
import { SurveyFields } from "../jobs/forms/SurveyFields";
import { type Answers, answersOf, wrongWith } from "../jobs/forms/survey";
import { browserZone, zones } from "../notify/queries";
import type { Rule, Schedule } from "./calls";
import { Preview } from "./Preview";
import { RuleFields } from "./RuleFields";
import { useWhat, WhatField } from "./WhatField";
import { Windows } from "./Windows";

type Body = Required<Schemas["NewSchedule"]>;

const draftOf = (schedule: Schedule | null): Body => ({
  name: schedule?.name ?? "",
  template_id: schedule?.template_id ?? null,
  workflow_id: schedule?.workflow_id ?? null,
  rule: schedule?.rule ?? { kind: "calendar", on: "day", times: ["04:00"], weekdays: [], number: 1, months: [] },
  zone: schedule?.zone ?? browserZone(),
  params: (schedule?.params ?? {}) as Body["params"],
  misfire: (schedule?.misfire ?? "once") as Body["misfire"],
  overlap: (schedule?.overlap ?? "skip") as Body["overlap"],
  jitter_s: schedule?.jitter_s ?? 0,
  windows: schedule?.windows ?? [],
  enabled: schedule?.enabled ?? true,
});

/** A new schedule, or another time for one; what it means is shown while one types. */
export function ScheduleForm({ schedule, onClose }: { schedule: Schedule | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(schedule));
  const set = (changes: Partial<Body>) => setDraft((before) => ({ ...before, ...changes }));
  const [tried, setTried] = useState(false);
  const save = useChange(async () => {
    const body = { ...draft, params: given(draft.params as Answers) };
    if (schedule) {
      const params = { path: { schedule_id: schedule.id } };
      await data(api.PATCH("/api/v1/schedules/{schedule_id}", { params, body }));
    } else await data(api.POST("/api/v1/schedules", { body }));
    onClose();
  }, ["schedules"]);
  const errors = fieldErrors(save.error);
  const { questions, error: unasked } = useWhat(draft);
  const same = schedule?.template_id === draft.template_id && schedule?.workflow_id === draft.workflow_id;
  const kept = same ? schedule.secrets_set : [];
  const faulty = questions.some(
    (one) =>
      wrongWith(one, (draft.params as Answers)[one.name]) && !(kept.includes(one.name) && !draft.params[one.name]),
  );
  const nothing = draft.template_id === null && draft.workflow_id === null;
  return (
    <FormModal
      title={schedule ? t("schedule.edit", { name: schedule.name }) : t("schedule.add")}
      action={t("action.save")}
      busy={save.isPending}
      error={save.error ?? unasked}
      why={nothing ? t("schedule.templateFirst") : undefined}
      onSubmit={() => {
        setTried(true);
        if (!faulty) save.mutate(undefined as never);
      }}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        size="sm"
        maxLength={200}
        label={t("schedule.name")}
        value={draft.name}
        error={errors.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <WhatField
        what={draft}
        error={errors.template_id ?? errors.workflow_id}
        onChange={(what, asked) => set({ ...what, params: answersOf(asked) as Body["params"] })}
      />
      {questions.length > 0 && (
        <SurveyFields
          questions={questions}
          answers={draft.params as Answers}
          strict={tried}
          errors={ofParams(errors)}
          kept={new Set(kept)}
          onChange={(answers) => set({ params: answers as Body["params"] })}
        />
      )}
      <RuleFields rule={draft.rule} errors={errors} onChange={(rule: Rule) => set({ rule })} />
      <Select
        size="sm"
        searchable
        label={t("notify.zone")}
        allowDeselect={false}
        value={draft.zone}
        error={errors.zone}
        data={zones()}
        onChange={(zone) => set({ zone: zone ?? "UTC" })}
      />
      <Preview rule={draft.rule} zone={draft.zone} windows={draft.windows} />
      <Group grow align="flex-start">
        <Select
          size="sm"
          label={t("schedule.misfire")}
          allowDeselect={false}
          value={draft.misfire}
          data={["once", "skip", "all"].map((value) => ({ value, label: t(`schedule.misfires.${value}`) }))}
          onChange={(value) => set({ misfire: value as Body["misfire"] })}
        />
        <Select
          size="sm"
          label={t("schedule.overlap")}
          allowDeselect={false}
          value={draft.overlap}
          data={["skip", "queue", "allow", "cancel"].map((value) => ({
            value,
            label: t(`schedule.overlaps.${value}`),
          }))}
          onChange={(value) => set({ overlap: value as Body["overlap"] })}
        />
      </Group>
      <NumberInput
        size="sm"
        min={0}
        max={86_400}
        label={t("schedule.jitter")}
        description={t("schedule.jitterHint")}
        value={draft.jitter_s}
        onChange={(value) => set({ jitter_s: Number(value) })}
      />
      <Windows windows={draft.windows} onChange={(windows) => set({ windows })} />
      <Switch
        size="sm"
        label={t("notify.enabled")}
        checked={draft.enabled}
        onChange={(event) => set({ enabled: event.currentTarget.checked })}
      />
    </FormModal>
  );
}

/** The answers that were given; a secret that was left empty stays as it is. */
const given = (answers: Answers): Body["params"] =>
  Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== null && value !== "")) as Body["params"];

/** What the controller said of answers, by the question's name. */
const ofParams = (errors: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(errors)
      .filter(([field]) => field.startsWith("params."))
      .map(([field, words]) => [field.slice("params.".length), words]),
  );
