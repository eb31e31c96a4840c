import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { initStepsQuery } from "../calls";
import type { Step } from "../job/steps";
import { faultOf, initOf, said } from "./steps";

/** Why a first set-up cannot be run as it stands, as a sentence. */
export function useInitFault(kind: string, spec: Readonly<Record<string, unknown>>): string | undefined {
  const { t, i18n } = useTranslation();
  const { data } = useQuery({ ...initStepsQuery, enabled: kind === "init" });
  if (kind !== "init") return undefined;
  const { steps } = initOf(spec);
  if (steps.length === 0) return t("init.none");
  for (const { step: name, values } of steps) {
    const step = data?.items.find((one) => one.name === name);
    const wrong = step && faultOf(step, values, i18n.language);
    if (wrong) return t("init.faulty", { step: said(step.header.title, i18n.language), value: wrong.label });
  }
  return undefined;
}

/** The steps of a job, those of a first set-up by their names in the reader's language. */
export function useNamedSteps(kind: string, steps: readonly Step[]): readonly Step[] {
  const { i18n } = useTranslation();
  const { data } = useQuery({ ...initStepsQuery, enabled: kind === "init" });
  return useMemo(() => {
    if (kind !== "init" || !data) return steps;
    const titles = new Map(data.items.map((one) => [one.name, said(one.header.title, i18n.language)]));
    // the play of all of them is "init", which says nothing
    return steps.map((one) => ({ ...one, play: "", name: titles.get(one.action) ?? one.name }));
  }, [kind, data, steps, i18n.language]);
}
