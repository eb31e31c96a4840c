import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconPencil, IconRefresh, IconRefreshAlert } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FAILED } from "../order";
import { TYPED } from "../run/draft";
import type { Job } from "../types";
import { useRelaunch } from "../useRelaunch";
import { RelaunchDialog } from "./RelaunchDialog";

/** The same again: everywhere, where it failed, or with something changed. */
export function RelaunchMenu({ job }: { job: Job }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const again = useRelaunch();
  const [changing, setChanging] = useState(false);
  const failed = FAILED.reduce((sum, state) => sum + (job.counts[state] ?? 0), 0);
  // what was typed is typed anew; what was asked is asked anew
  const change = () =>
    TYPED.includes(job.kind) && job.survey.length === 0
      ? navigate({ to: "/run", search: { job: job.id } })
      : setChanging(true);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            {t("job.relaunch")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => again(job)}>
            {t("job.relaunchAll", { count: job.hosts })}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconRefreshAlert size={15} />}
            disabled={failed === 0}
            title={failed === 0 ? t("job.noneFailed") : undefined}
            onClick={() => again(job, "failed")}
          >
            {failed === 0 ? t("job.noneFailed") : t("job.relaunchFailed", { count: failed })}
          </Menu.Item>
          <Menu.Item leftSection={<IconPencil size={15} />} onClick={change}>
            {t("job.relaunchChanged")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {changing && <RelaunchDialog job={job} onClose={() => setChanging(false)} />}
    </>
  );
}
