import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown, IconPlayerStop, IconRefresh, IconRefreshAlert, IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../../api/queries";
import { Confirm } from "../../../parts/Confirm";
import { useSentence } from "../../../parts/Notices";
import { cancelRun, deleteRun, relaunchRun } from "../calls";
import { isOver, type Run } from "../types";

/** What can be done about a run: end it, do it again, take it out of the history. */
export function Deeds({ run }: { run: Run }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"" | "cancel" | "delete">("");
  const cancel = useChange(cancelRun, ["workflow-run", "workflow-runs", "jobs"]);
  const drop = useChange(deleteRun, ["workflow-runs"]);
  const active = run.counts.running ?? 0;
  return (
    <>
      {run.state === "running" && run.may_cancel && (
        <Button
          variant="default"
          c="var(--mantine-color-error)"
          leftSection={<IconPlayerStop size={16} />}
          onClick={() => setAsked("cancel")}
        >
          {t("workflowRun.cancel")}
        </Button>
      )}
      {isOver(run.state) && run.may_relaunch && <Again run={run} />}
      {isOver(run.state) && run.may_delete && (
        <Button variant="default" leftSection={<IconTrash size={16} />} onClick={() => setAsked("delete")}>
          {t("action.delete")}
        </Button>
      )}
      {asked === "cancel" && (
        <Confirm
          title={t("workflowRun.cancelTitle", { name: run.name })}
          action={t("workflowRun.cancel")}
          onClose={() => setAsked("")}
          onConfirm={() => cancel.mutateAsync(run.id)}
        >
          {t("workflowRun.cancelText", { count: active })}
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm
          title={t("workflowRun.deleteTitle")}
          action={t("action.delete")}
          onClose={() => setAsked("")}
          onConfirm={async () => {
            await drop.mutateAsync(run.id);
            await navigate({ to: "/workflow-runs" });
          }}
        >
          {t("workflowRun.deleteText")}
        </Confirm>
      )}
    </>
  );
}

function Again({ run }: { run: Run }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const sentence = useSentence();
  const relaunch = useChange(relaunchRun, ["workflow-runs", "jobs"]);
  const go = (nodes: "all" | "failed") =>
    relaunch.mutate(
      { id: run.id, nodes },
      {
        onSuccess: (made) => navigate({ to: "/workflow-runs/$runId", params: { runId: String(made.run.id) } }),
        onError: (error) =>
          notifications.show({ color: "red", title: run.name, message: sentence(error), autoClose: 10_000 }),
      },
    );
  const none = run.state === "succeeded";
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" loading={relaunch.isPending} rightSection={<IconChevronDown size={14} />}>
          {t("job.relaunch")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => go("all")}>
          {t("workflowRun.relaunchAll")}
        </Menu.Item>
        <Menu.Item leftSection={<IconRefreshAlert size={15} />} disabled={none} onClick={() => go("failed")}>
          {t(none ? "workflowRun.noneFailed" : "workflowRun.relaunchFailed")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
