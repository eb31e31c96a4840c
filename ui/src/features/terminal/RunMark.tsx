import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Desk } from "./desk";
import { panesOf, type Tab } from "./layout";
import { differing, isRunning, type Run } from "./runs";

interface RunMarkProps {
  run: Run | null;
  tab: Tab;
  desk: Desk;
  paneId: string;
}

/** How the last command that was given to all went here. */
export function RunMark({ run, tab, desk, paneId }: RunMarkProps) {
  const { t } = useTranslation();
  if (!run || !tab.broadcast) return null;
  if (isRunning(run))
    return (
      <Badge size="xs" variant="default">
        {t("terminal.running")}
      </Badge>
    );
  const other = differing(runsOf(desk, tab)).has(paneId);
  const bad = run.code !== null && run.code !== 0;
  return (
    <Badge
      size="xs"
      variant="default"
      c={`var(--state-${bad ? "bad" : other ? "warn" : "up"})`}
      data-differs={other || undefined}
    >
      {run.code === null ? t("terminal.ended") : t("terminal.code", { code: run.code })}
    </Badge>
  );
}

export function runsOf(desk: Desk, tab: Tab): Map<string, Run> {
  const runs = new Map<string, Run>();
  for (const pane of panesOf(tab.node)) {
    const { run } = desk.of(pane).view;
    if (run) runs.set(pane.id, run);
  }
  return runs;
}
