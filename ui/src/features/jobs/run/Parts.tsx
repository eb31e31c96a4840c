import { Group, SegmentedControl, Stack, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { commandsQuery } from "../calls";
import { BecomeFields } from "../forms/BecomeFields";
import { Folded } from "../forms/Folded";
import { LimitsFields } from "../forms/LimitsFields";
import { SchemaForm } from "../forms/SchemaForm";
import type { Schema } from "../forms/schema";
import { InitFields } from "../init/InitFields";
import type { Kind } from "../types";
import { CommandField } from "./CommandField";
import { type Draft, specOf, WORK, workOf } from "./draft";

interface PartProps {
  kind: Kind;
  draft: Draft;
  errors: Readonly<Record<string, string>>;
  onChange: (next: Partial<Draft>) => void;
}

const NOTHING: readonly string[] = [];

/** What is run: a command, or a script with all that it needs. */
export function Work({
  kinds,
  kind,
  draft,
  errors,
  onChange,
  onRun,
  note,
}: PartProps & { kinds: readonly Kind[]; onRun: () => void; note?: ReactNode }) {
  const { t } = useTranslation();
  const commands = useQuery(commandsQuery);
  const past = commands.data ?? (commands.isError ? NOTHING : undefined);
  const schema = kind.schema as Schema;
  const work = workOf(kind.name, schema);
  const spec = specOf(draft, kind);
  const put = (values: Readonly<Record<string, unknown>>) =>
    onChange({ specs: { ...draft.specs, [kind.name]: { ...spec, ...values } } });
  return (
    <section className="card panel" aria-label={t("run.what")}>
      <Stack gap="sm">
        {kinds.length > 1 && (
          <SegmentedControl
            size="xs"
            style={{ alignSelf: "flex-start" }}
            aria-label={t("jobs.kind")}
            value={kind.name}
            onChange={(name) => onChange({ kind: name })}
            data={kinds.map((one) => ({ value: one.name, label: t(`jobKind.${one.name}`, one.title) }))}
          />
        )}
        {kind.name === "init" && (
          <InitFields values={spec} errors={errors} onChange={put}>
            {note}
          </InitFields>
        )}
        {kind.name in WORK && (
          <CommandField
            label={t(kind.name === "command" ? "run.command" : "run.script")}
            rows={kind.name === "command" ? 2 : 8}
            history={kind.name === "command" ? past : NOTHING}
            value={String(spec[work] ?? "")}
            error={errors[`spec.${work}`] ?? errors.spec}
            onChange={(text) => put({ [work]: text })}
            onRun={onRun}
          />
        )}
        {kind.name !== "command" && kind.name !== "init" && (
          <SchemaForm schema={schema} values={spec} errors={errors} prefix="spec." without={[work]} onChange={put} />
        )}
        {kind.name === "command" && Object.keys(schema.properties ?? {}).length > 1 && (
          <Folded label={t("run.more")}>
            <SchemaForm schema={schema} values={spec} errors={errors} prefix="spec." without={[work]} onChange={put} />
          </Folded>
        )}
      </Stack>
    </section>
  );
}

/** As whom, really or only to see, and within which limits. */
export function Options({ kind, draft, errors, onChange }: PartProps) {
  const { t } = useTranslation();
  return (
    <section className="card panel" aria-label={t("run.how")}>
      <Stack gap="sm">
        <Group gap="lg" align="flex-start">
          {kind.can_become && (
            <BecomeFields
              become={draft.become}
              errors={errors}
              withPassword
              onChange={(become) => onChange({ become })}
            />
          )}
          {kind.can_check && (
            <Switch
              mt={6}
              label={t("run.check")}
              checked={draft.check}
              onChange={(event) => onChange({ check: event.currentTarget.checked })}
            />
          )}
        </Group>
        <Folded label={t("run.limits")} open={Object.keys(errors).some((field) => field.startsWith("limits"))}>
          <LimitsFields few limits={draft.limits} errors={errors} onChange={(limits) => onChange({ limits })} />
        </Folded>
      </Stack>
    </section>
  );
}
