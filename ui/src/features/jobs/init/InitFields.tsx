import { Button, Group, NumberInput, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote, Rows } from "../../../parts/Notices";
import { offerUndo } from "../../../parts/undo";
import { initStepsQuery } from "../calls";
import type { Values } from "../forms/schema";
import { StepCard } from "./StepCard";
import {
  begun,
  type Chosen,
  type InitStep,
  initOf,
  moved,
  PRESETS,
  type Preset,
  presetOf,
  ROLLBACK_S,
  said,
} from "./steps";

interface InitFieldsProps {
  values: Values;
  /** What is wrong, by field ("spec.steps[0].values.user"). */
  errors: Readonly<Record<string, string>>;
  onChange: (values: Values) => void;
  /** What has to be known of the steps that are chosen. */
  children?: ReactNode;
}

/** A host's first set-up: which steps, in which order, with which values. */
export function InitFields({ values, errors, onChange, children }: InitFieldsProps) {
  const { t } = useTranslation();
  const query = useQuery(initStepsQuery);
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Rows count={4} />;
  const spec = initOf(values);
  const known = query.data.items;
  const put = (steps: Chosen[]) => onChange({ ...spec, steps });
  const change = (at: number, next: Chosen["values"]) =>
    put(spec.steps.map((one, place) => (place === at ? { ...one, values: next } : one)));
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={820}>
        {t("init.text")}
      </Text>
      <Presets known={known} chosen={spec.steps} onChoose={put} />
      {(errors["spec.steps"] ?? errors.spec) && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {errors["spec.steps"] ?? errors.spec}
        </Text>
      )}
      <ol className="init-steps" aria-label={t("init.chosen")}>
        {spec.steps.map((chosen, place) => (
          <StepCard
            // biome-ignore lint/suspicious/noArrayIndexKey: a step may stand in the list twice
            key={`${place} ${chosen.step}`}
            step={known.find((one) => one.name === chosen.step)}
            chosen={chosen}
            place={place}
            count={spec.steps.length}
            errors={errors}
            onChange={(next) => change(place, next)}
            onMove={(by) => put(moved(spec.steps, place, by))}
            onCopy={() => put(spec.steps.toSpliced(place + 1, 0, structuredClone(chosen)))}
            onDrop={() => put(spec.steps.toSpliced(place, 1))}
          />
        ))}
      </ol>
      {spec.steps.length > 0 && children}
      <More
        known={known.filter((one) => !spec.steps.some((chosen) => chosen.step === one.name))}
        onAdd={(name) => put([...spec.steps, begun(name)])}
      />
      {known.some((one) => one.header.guarded && spec.steps.some((chosen) => chosen.step === one.name)) && (
        <NumberInput
          size="sm"
          maw={360}
          label={t("init.rollback")}
          description={t("init.rollbackText")}
          min={30}
          max={900}
          clampBehavior="strict"
          allowDecimal={false}
          value={spec.rollback_s}
          error={errors["spec.rollback_s"]}
          onChange={(next) => onChange({ ...spec, rollback_s: Number(next) || ROLLBACK_S })}
        />
      )}
    </Stack>
  );
}

interface PresetsProps {
  known: readonly InitStep[];
  chosen: Chosen[];
  onChoose: (steps: Chosen[]) => void;
}

/** Steps for a purpose in one press; what stood there before can be had back. */
function Presets({ known, chosen, onChoose }: PresetsProps) {
  const { t } = useTranslation();
  const withdraw = useRef<() => void>(undefined);
  // once the form is left there is nothing to take back
  useEffect(() => () => withdraw.current?.(), []);
  const choose = (name: Preset) => {
    onChoose(presetOf(name, known));
    withdraw.current?.();
    withdraw.current = chosen.length ? offerUndo(t("init.replaced"), () => onChoose(chosen)) : undefined;
  };
  return (
    <Group gap="xs">
      <Text size="sm">{t("init.presets")}</Text>
      {(Object.keys(PRESETS) as Preset[]).map((name) => (
        <Button key={name} size="xs" variant="default" onClick={() => choose(name)}>
          {t(`init.preset.${name}`)}
        </Button>
      ))}
    </Group>
  );
}

/** The steps that are not in the list yet. */
function More({ known, onAdd }: { known: readonly InitStep[]; onAdd: (name: string) => void }) {
  const { t, i18n } = useTranslation();
  if (known.length === 0) return null;
  return (
    <section aria-label={t("init.more")}>
      <Text size="xs" c="dimmed" mb={6}>
        {t("init.more")}
      </Text>
      <div className="init-more">
        {known.map((one) => (
          <UnstyledButton key={one.name} className="init-add" data-add-step={one.name} onClick={() => onAdd(one.name)}>
            <IconPlus size={14} className="init-plus" aria-hidden />
            <span>
              <Text span size="sm" display="block">
                {said(one.header.title, i18n.language)}
              </Text>
              <Text span size="xs" c="dimmed" lineClamp={2}>
                {said(one.header.description, i18n.language)}
              </Text>
            </span>
          </UnstyledButton>
        ))}
      </div>
    </section>
  );
}
