import { Group, MultiSelect, NumberInput, SegmentedControl, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import type { Rule } from "./calls";

type Calendar = Schemas["CalendarRule"];
const KINDS = ["calendar", "cron", "interval", "once"] as const;
const DAYS: readonly Calendar["on"][] = [
  "day",
  "workday",
  "weekdays",
  "day_of_month",
  "last_day",
  "nth_weekday",
  "first_workday",
  "last_workday",
];
const UNITS = { minutes: 60, hours: 3600, days: 86_400 } as const;

const fresh = (kind: Rule["kind"]): Rule => {
  if (kind === "cron") return { kind, expression: "0 4 * * *" };
  if (kind === "interval") return { kind, every_s: 3600 };
  if (kind === "once") return { kind, at: `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 11)}09:00` };
  return { kind: "calendar", on: "day", times: ["04:00"], weekdays: [], number: 1, months: [] };
};

interface RuleFieldsProps {
  rule: Rule;
  errors: Record<string, string>;
  onChange: (rule: Rule) => void;
}

/** When: by calendar, cron, interval, or once. */
export function RuleFields({ rule, errors, onChange }: RuleFieldsProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <SegmentedControl
        size="sm"
        aria-label={t("schedule.when")}
        value={rule.kind}
        data={KINDS.map((kind) => ({ value: kind, label: t(`schedule.kinds.${kind}`) }))}
        onChange={(kind) => onChange(fresh(kind as Rule["kind"]))}
      />
      {rule.kind === "cron" && (
        <TextInput
          size="sm"
          required
          classNames={{ input: "mono" }}
          label={t("schedule.cron")}
          description={t("schedule.cronHint")}
          value={rule.expression}
          error={errors["rule.expression"]}
          onChange={(event) => onChange({ ...rule, expression: event.currentTarget.value })}
        />
      )}
      {rule.kind === "interval" && <Every rule={rule} onChange={onChange} />}
      {rule.kind === "once" && (
        <TextInput
          size="sm"
          required
          type="datetime-local"
          label={t("schedule.at")}
          value={rule.at.slice(0, 16)}
          error={errors["rule.at"]}
          onChange={(event) => event.currentTarget.value && onChange({ ...rule, at: event.currentTarget.value })}
        />
      )}
      {rule.kind === "calendar" && <Days rule={rule} errors={errors} onChange={onChange} />}
    </Stack>
  );
}

function Every({ rule, onChange }: { rule: Schemas["IntervalRule"]; onChange: (rule: Rule) => void }) {
  const { t } = useTranslation();
  const names = ["days", "hours", "minutes"] as const;
  const unit = names.find((name) => rule.every_s % UNITS[name] === 0) ?? "minutes";
  return (
    <Group grow>
      <NumberInput
        size="sm"
        min={1}
        max={100_000}
        label={t("schedule.every")}
        value={Math.max(1, Math.round(rule.every_s / UNITS[unit]))}
        onChange={(number) => onChange({ ...rule, every_s: Math.max(1, Number(number)) * UNITS[unit] })}
      />
      <Select
        size="sm"
        label={t("schedule.unit")}
        allowDeselect={false}
        value={unit}
        data={names.map((name) => ({ value: name, label: t(`schedule.units.${name}`) }))}
        onChange={(name) => onChange({ ...rule, every_s: UNITS[(name ?? "hours") as keyof typeof UNITS] })}
      />
    </Group>
  );
}

function Days({
  rule,
  errors,
  onChange,
}: {
  rule: Calendar;
  errors: Record<string, string>;
  onChange: (rule: Rule) => void;
}) {
  const { t, i18n } = useTranslation();
  const weekday = (day: number) =>
    new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, day));
  const month = (index: number) =>
    new Intl.DateTimeFormat(i18n.language, { month: "long", timeZone: "UTC" }).format(Date.UTC(2024, index, 1));
  const numbers = rule.on === "nth_weekday" ? [1, 2, 3, 4, 5, -1] : Array.from({ length: 31 }, (_, index) => index + 1);
  return (
    <Stack gap="sm">
      <Select
        size="sm"
        label={t("schedule.on")}
        allowDeselect={false}
        value={rule.on}
        data={DAYS.map((on) => ({ value: on, label: t(`schedule.days.${on}`) }))}
        onChange={(on) => onChange({ ...rule, on: on as Calendar["on"], number: 1 })}
      />
      {(rule.on === "nth_weekday" || rule.on === "day_of_month") && (
        <Select
          size="sm"
          label={t("schedule.number")}
          allowDeselect={false}
          value={String(rule.number)}
          error={errors["rule.number"]}
          data={numbers.map((one) => ({ value: String(one), label: one === -1 ? t("schedule.lastOne") : `${one}.` }))}
          onChange={(number) => onChange({ ...rule, number: Number(number) })}
        />
      )}
      {(rule.on === "weekdays" || rule.on === "nth_weekday") && (
        <MultiSelect
          size="sm"
          label={t("schedule.weekdays")}
          value={(rule.weekdays ?? []).map(String)}
          error={errors["rule.weekdays"]}
          data={[1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: String(day), label: weekday(day) }))}
          onChange={(days) => onChange({ ...rule, weekdays: days.map(Number) })}
        />
      )}
      <MultiSelect
        size="sm"
        clearable
        label={t("schedule.months")}
        placeholder={(rule.months ?? []).length === 0 ? t("schedule.everyMonth") : undefined}
        value={(rule.months ?? []).map(String)}
        data={Array.from({ length: 12 }, (_, index) => ({ value: String(index + 1), label: month(index) }))}
        onChange={(months) => onChange({ ...rule, months: months.map(Number) })}
      />
      <TagsInput
        size="sm"
        label={t("schedule.times")}
        description={t("schedule.timesHint")}
        value={rule.times}
        error={errors["rule.times"]}
        onChange={(times) =>
          onChange({ ...rule, times: times.filter((time) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time)) })
        }
      />
    </Stack>
  );
}
