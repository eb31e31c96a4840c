import { useTranslation } from "react-i18next";
import { duration } from "../../format/units";
import type { Rule } from "./calls";

/** A rule in a few words: "every workday, 04:00", "every 6h", "0 4 * * *". */
export function useRuleWords(): (rule: Rule) => string {
  const { t, i18n } = useTranslation();
  const weekday = (day: number) =>
    new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, day));
  const month = (number: number) =>
    new Intl.DateTimeFormat(i18n.language, { month: "short", timeZone: "UTC" }).format(Date.UTC(2024, number - 1, 1));
  return (rule) => {
    if (rule.kind === "cron") return rule.expression;
    if (rule.kind === "interval") return t("schedule.everySpan", { span: duration(rule.every_s, i18n.language) });
    if (rule.kind === "once") return t("schedule.onceAt", { at: rule.at.replace("T", " ").slice(0, 16) });
    const days = (rule.weekdays ?? []).map(weekday).join(", ");
    const which = rule.number === -1 ? t("schedule.lastOne") : `${rule.number}.`;
    const on = {
      day: t("schedule.days.day"),
      workday: t("schedule.days.workday"),
      weekdays: days,
      day_of_month: t("schedule.onDay", { number: rule.number }),
      last_day: t("schedule.days.last_day"),
      nth_weekday: `${which} ${days}`,
      first_workday: t("schedule.days.first_workday"),
      last_workday: t("schedule.days.last_workday"),
    }[rule.on];
    return [on, rule.times.join(", "), (rule.months ?? []).map(month).join(", ")].filter(Boolean).join(" · ");
  };
}
