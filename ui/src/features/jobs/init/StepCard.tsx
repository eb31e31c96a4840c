import { ActionIcon, Badge, Group, Select, SimpleGrid, Text, Textarea, TextInput, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconCopy, IconShieldCheck, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Question } from "../types";
import { type Chosen, type InitStep, questionOf, type StepValue, said, takenAs, wrongValue } from "./steps";

interface StepCardProps {
  step: InitStep | undefined;
  chosen: Chosen;
  place: number;
  count: number;
  /** What the controller said, by the field's path in the spec. */
  errors: Readonly<Record<string, string>>;
  onChange: (values: Chosen["values"]) => void;
  onMove: (by: number) => void;
  onCopy: () => void;
  onDrop: () => void;
}

/** One step of the list: what it does, its values, its place. */
export function StepCard({ step, chosen, place, count, errors, onChange, onMove, onCopy, onDrop }: StepCardProps) {
  const { t, i18n } = useTranslation();
  const title = step ? said(step.header.title, i18n.language) : chosen.step;
  const at = `spec.steps[${place}]`;
  const asked = (step?.header.parameters ?? []).map((one) => questionOf(one, i18n.language));
  const deeds = [
    { name: "up", icon: IconArrowUp, why: place === 0, go: () => onMove(-1) },
    { name: "down", icon: IconArrowDown, why: place === count - 1, go: () => onMove(1) },
    { name: "copy", icon: IconCopy, why: false, go: onCopy },
    { name: "drop", icon: IconTrash, why: false, go: onDrop },
  ] as const;
  return (
    <li className="form-row init-step" data-init-step={chosen.step}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <div style={{ minWidth: 0 }}>
          <Group gap={8}>
            <Text size="sm" fw={550} component="h2" m={0}>
              {place + 1}. {title}
            </Text>
            {step?.header.guarded && <Guarded />}
          </Group>
          <Text size="xs" c="dimmed">
            {step ? said(step.header.description, i18n.language) : t("init.unknown")}
          </Text>
        </div>
        <Group gap={2} wrap="nowrap">
          {deeds.map(({ name, icon: Icon, why, go }) => (
            <ActionIcon
              key={name}
              variant="subtle"
              color="gray"
              disabled={why}
              aria-label={t(`init.${name}`, { name: title })}
              onClick={go}
            >
              <Icon size={16} stroke={1.6} />
            </ActionIcon>
          ))}
        </Group>
      </Group>
      {errors[`${at}.step`] && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {errors[`${at}.step`]}
        </Text>
      )}
      {asked.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" mt={8}>
          {asked.map((question) => (
            <Value
              key={question.name}
              question={question}
              value={chosen.values[question.name]}
              error={errors[`${at}.values.${question.name}`]}
              onChange={(value) => {
                const { [question.name]: _, ...rest } = chosen.values;
                onChange(value === "" ? rest : { ...rest, [question.name]: value });
              }}
            />
          ))}
        </SimpleGrid>
      )}
    </li>
  );
}

/** Says that the host takes it back by itself. */
function Guarded() {
  const { t } = useTranslation();
  return (
    <Tooltip label={t("init.guardedText")} multiline maw={320}>
      <Badge size="sm" variant="default" leftSection={<IconShieldCheck size={12} />}>
        {t("init.guarded")}
      </Badge>
    </Tooltip>
  );
}

interface ValueProps {
  question: Question;
  value: StepValue | undefined;
  error?: string;
  onChange: (value: StepValue) => void;
}

function Value({ question, value, error, onChange }: ValueProps) {
  const { t } = useTranslation();
  const wrong = wrongValue(question, value);
  const common = {
    label: question.label,
    description: question.help || undefined,
    size: "sm" as const,
    withAsterisk: question.required,
    placeholder: question.default === null ? undefined : String(question.default),
    error: error ?? (wrong && wrong[0] !== "missing" ? t(`answer.${wrong[0]}`, wrong[1]) : undefined),
  };
  const text = value === undefined ? "" : String(value);
  const type = (typed: string) => onChange(takenAs(question, typed));
  if (question.type === "choice")
    return (
      <Select
        {...common}
        allowDeselect={false}
        // what a template takes from its questions stays as it is
        data={[...new Set([...question.choices, ...(text ? [text] : [])])]}
        value={text || String(question.default ?? "") || null}
        onChange={(next) => onChange(next ?? "")}
      />
    );
  if (question.multiline)
    return (
      <Textarea
        {...common}
        autosize
        minRows={2}
        maxRows={10}
        spellCheck={false}
        classNames={{ input: "mono-input" }}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  return (
    <TextInput
      {...common}
      inputMode={question.type === "number" ? "numeric" : undefined}
      spellCheck={false}
      autoComplete="off"
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
