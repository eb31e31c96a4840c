import { Checkbox, Group, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { BecomeFields } from "../forms/BecomeFields";
import { LimitsFields } from "../forms/LimitsFields";
import { SchemaForm } from "../forms/SchemaForm";
import { SurveyBuilder } from "../forms/SurveyBuilder";
import { defaultsOf, type Schema } from "../forms/schema";
import { InitFields } from "../init/InitFields";
import { NeedsRoot } from "../init/NeedsRoot";
import { TargetPreview } from "../run/TargetPreview";
import { TargetsField, targetErrors } from "../run/TargetsField";
import { useResolved } from "../run/useResolved";
import type { Kind, Notify } from "../types";
import type { TemplateDraft } from "./form";
import { Launchers } from "./Launchers";
import { SecondPerson } from "./SecondPerson";

interface FieldsProps {
  kinds: readonly Kind[];
  draft: TemplateDraft;
  errors: Readonly<Record<string, string>>;
  readOnly: boolean;
  onChange: (next: Partial<TemplateDraft>) => void;
}

const NOTICES: readonly (keyof Notify)[] = ["on_start", "on_success", "on_failure", "on_long", "on_wait"];

/** All that a template says, in the order in which one thinks of it. */
export function TemplateFields({ kinds, draft, errors, readOnly, onChange }: FieldsProps) {
  const { t } = useTranslation();
  const kind = kinds.find((one) => one.name === draft.kind);
  const resolved = useResolved(draft.targets);
  return (
    // one switch for all that is inside, where somebody may only look
    <fieldset disabled={readOnly} className="plain-fieldset">
      <Stack gap="md">
        <Panel title={t("template.part.what")}>
          <Group gap="sm" align="flex-start" grow>
            <TextInput
              label={t("template.name")}
              required
              maxLength={200}
              miw={240}
              data-autofocus
              value={draft.name}
              error={errors.name}
              onChange={(event) => onChange({ name: event.currentTarget.value })}
            />
            <Select
              label={t("jobs.kind")}
              size="sm"
              allowDeselect={false}
              data={kinds.map((one) => ({ value: one.name, label: t(`jobKind.${one.name}`, one.title) }))}
              value={draft.kind}
              error={errors.kind}
              onChange={(name) => {
                const chosen = kinds.find((one) => one.name === name);
                if (chosen) onChange({ kind: chosen.name, spec: defaultsOf(chosen.schema as Schema) });
              }}
            />
          </Group>
          <Textarea
            label={t("template.description")}
            size="sm"
            autosize
            minRows={1}
            maxLength={2000}
            value={draft.description}
            error={errors.description}
            onChange={(event) => onChange({ description: event.currentTarget.value })}
          />
          {kind?.name === "init" && (
            <InitFields values={draft.spec} errors={errors} onChange={(spec) => onChange({ spec })}>
              <NeedsRoot
                hosts={resolved.hosts}
                become={draft.become}
                onBecome={() => onChange({ become: { user: "root" } })}
              />
            </InitFields>
          )}
          {kind && kind.name !== "init" && (
            <SchemaForm
              schema={kind.schema as Schema}
              values={draft.spec}
              errors={errors.spec ? { ...errors, [`spec.${firstField(kind)}`]: errors.spec } : errors}
              prefix="spec."
              onChange={(spec) => onChange({ spec })}
            />
          )}
        </Panel>
        <Panel title={t("template.part.where")}>
          <TargetsField
            targets={draft.targets}
            errors={targetErrors(errors)}
            onChange={(targets) => onChange({ targets })}
          />
          <TargetPreview resolved={resolved} />
          {kind?.can_become && (
            <BecomeFields
              become={draft.become}
              errors={errors}
              onChange={(become) => onChange({ become: become && { user: become.user } })}
            />
          )}
        </Panel>
        <Panel title={t("template.part.survey")}>
          <SurveyBuilder questions={draft.survey} errors={errors} onChange={(survey) => onChange({ survey })} />
        </Panel>
        <Panel title={t("template.part.limits")}>
          <LimitsFields limits={draft.limits} errors={errors} onChange={(limits) => onChange({ limits })} />
          <Locks draft={draft} onChange={onChange} />
        </Panel>
        <Panel title={t("template.part.people")}>
          <Launchers
            ids={draft.launcher_ids}
            error={errors.launcher_ids}
            onChange={(launcher_ids) => onChange({ launcher_ids })}
          />
          <Switch
            label={t("template.approval")}
            checked={draft.needs_approval}
            onChange={(event) => onChange({ needs_approval: event.currentTarget.checked })}
          />
          {draft.needs_approval && <SecondPerson />}
          <Notices notify={draft.notify} onChange={(notify) => onChange({ notify })} />
        </Panel>
      </Stack>
    </fieldset>
  );
}

const firstField = (kind: Kind): string => Object.keys((kind.schema as Schema).properties ?? {})[0] ?? "";

export function Panel({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="card panel">
      <h2 className="part-title">{title}</h2>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}

/** What is told of a run. */
export function Notices({ notify, onChange }: { notify: Notify; onChange: (notify: Notify) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className="plain-fieldset">
      <legend className="field-legend">{t("template.notices")}</legend>
      <Group gap="lg">
        {NOTICES.map((name) => (
          <Checkbox
            key={name}
            size="xs"
            label={t(`jobNotice.${name}`)}
            checked={notify[name]}
            onChange={(event) => onChange({ ...notify, [name]: event.currentTarget.checked })}
          />
        ))}
      </Group>
    </fieldset>
  );
}

/** What may not run beside it, and what becomes of the one that comes second. */
function Locks({ draft, onChange }: Pick<FieldsProps, "draft" | "onChange">) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label={t("template.lockLabel")}
        size="sm"
        w={320}
        allowDeselect={false}
        data={(["none", "template", "host"] as const).map((value) => ({ value, label: t(`template.lock.${value}`) }))}
        value={draft.lock}
        onChange={(lock) => lock && onChange({ lock: lock as TemplateDraft["lock"] })}
      />
      {draft.lock !== "none" && (
        <Select
          label={t("template.onLockLabel")}
          size="sm"
          w={240}
          allowDeselect={false}
          data={(["wait", "refuse"] as const).map((value) => ({ value, label: t(`template.onLock.${value}`) }))}
          value={draft.on_lock}
          onChange={(way) => way && onChange({ on_lock: way as TemplateDraft["on_lock"] })}
        />
      )}
    </Group>
  );
}
