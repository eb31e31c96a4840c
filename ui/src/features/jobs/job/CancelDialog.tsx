import { List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { Confirm } from "../../../parts/Confirm";
import { cancelJob } from "../calls";
import type { Job } from "../types";

/** Asks before a job is ended, saying what ends with it. */
export function CancelDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const { t } = useTranslation();
  const cancel = useChange(cancelJob, ["jobs", "job"]);
  const { running = 0, pending = 0 } = job.counts;
  const done = job.hosts - running - pending;
  return (
    <Confirm
      title={t("job.cancelTitle", { name: job.name })}
      action={t("job.cancel")}
      onClose={onClose}
      onConfirm={() => cancel.mutateAsync(job.id)}
    >
      <Text size="sm" mb={6}>
        {t("job.cancelText")}
      </Text>
      <List size="sm">
        {running > 0 && <List.Item>{t("job.cancelRunning", { count: running })}</List.Item>}
        {pending > 0 && <List.Item>{t("job.cancelPending", { count: pending })}</List.Item>}
        {done > 0 && <List.Item>{t("job.cancelDone", { count: done })}</List.Item>}
      </List>
    </Confirm>
  );
}
