import { Group, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { FormModal } from "../admin/FormModal";
import { browserZone, zones } from "../notify/queries";
import { type Rule, type Schedule, templatesQuery } from "./calls";
import { Preview } from "./Preview";
import { RuleFields } from "./RuleFields";
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
  const templates = useQuery(templatesQuery);
  const [draft, setDraft] = useState(() => draftOf(schedule));
  const set = (changes: Partial<Body>) => setDraft((before) => ({ ...before, ...changes }));
  const save = useChange(async () => {
    if (schedule) {
      const params = { path: { schedule_id: schedule.id } };
      await data(api.PATCH("/api/v1/schedules/{schedule_id}", { params, body: draft }));
    } else await data(api.POST("/api/v1/schedules", { body: draft }));
    onClose();
  }, ["schedules"]);
  const errors = fieldErrors(save.error);
  const chosen = templates.data?.items.find((one) => one.id === draft.template_id);
  const questions = (chosen?.survey ?? []) as { name: string; label?: string; type: string; required?: boolean }[];
  const why = draft.template_id === null && draft.workflow_id === null ? t("schedule.templateFirst") : undefined;
  return (
    <FormModal
      title={schedule ? t("schedule.edit", { name: schedule.name }) : t("schedule.add")}
      action={t("action.save")}
      busy={save.isPending}
      error={save.error ?? templates.error}
      why={why}
      onSubmit={() => save.mutate(undefined as never)}
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
      <Select
        size="sm"
        searchable
        required
        label={t("schedule.template")}
        value={draft.template_id ? String(draft.template_id) : null}
        data={templates.data?.items.map((one) => ({ value: String(one.id), label: one.name })) ?? []}
        onChange={(id) => set({ template_id: id ? Number(id) : null, workflow_id: null, params: {} })}
      />
      {questions.map((question) => (
        <TextInput
          key={question.name}
          size="sm"
          type={question.type === "secret" ? "password" : question.type === "number" ? "number" : "text"}
          autoComplete="off"
          label={question.label || question.name}
          placeholder={schedule?.secrets_set.includes(question.name) ? t("notify.kept") : undefined}
          value={String(draft.params[question.name] ?? "")}
          error={errors[`params.${question.name}`]}
          onChange={(event) => {
            const text = event.currentTarget.value;
            const { [question.name]: _, ...others } = draft.params;
            const numeric = question.type === "number" || question.type === "host";
            set({ params: text === "" ? others : { ...others, [question.name]: numeric ? Number(text) : text } });
          }}
        />
      ))}
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
