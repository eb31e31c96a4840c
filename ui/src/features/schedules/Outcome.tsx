import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

/** What a time led to: a task, or a run of a workflow. */
export interface LedTo {
  job_id: number | null;
  workflow_run_id: number | null;
}

/** Why it came so, in the reader's language as far as it is known as more than words; "" where nothing is said. */
export function noteOf({ because, note }: Schemas["FireView"], t: TFunction): string {
  return because ? t(`schedule.because.${because.code}`, { id: because.id }) : note;
}

/** Where that is shown; nothing where it led to nothing. */
export function placeOf({ job_id, workflow_run_id }: LedTo): string | null {
  if (job_id !== null) return `/jobs/${job_id}`;
  return workflow_run_id === null ? null : `/workflow-runs/${workflow_run_id}`;
}

/** The way there, by its number. */
export function OutcomeLink({ of }: { of: LedTo }) {
  const { t } = useTranslation();
  const place = placeOf(of);
  if (place === null) return null;
  return (
    <Anchor component={Link} size="sm" to={place} style={{ whiteSpace: "nowrap" }}>
      {of.job_id !== null
        ? t("schedule.jobNumber", { id: of.job_id })
        : t("schedule.runNumber", { id: of.workflow_run_id })}
    </Anchor>
  );
}
