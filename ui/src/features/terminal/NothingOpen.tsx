import { Button } from "@mantine/core";
import { IconLayoutDashboard, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../parts/Notices";
import { sessionsQuery } from "./calls";
import { useLastLayout } from "./lastLayout";
import { allPanes, type Layout } from "./layout";

interface NothingProps {
  mayOpen: boolean;
  onPick: () => void;
  onSessions: () => void;
  onLast: (last: Layout) => void;
}

/** What the page is for, the way to begin, and the sessions that wait elsewhere. */
export function NothingOpen({ mayOpen, onPick, onSessions, onLast }: NothingProps) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionsQuery(false));
  const running = useMemo(
    () => new Set(data?.items.filter((one) => one.state !== "ended").map((one) => one.id)),
    [data?.items],
  );
  const last = useLastLayout(running);
  const lastPanes = allPanes(last).length;
  return (
    <div className="terminal-nothing">
      <Empty
        title={t("terminal.nothing")}
        action={
          <>
            {mayOpen && (
              <Button leftSection={<IconPlus size={16} />} onClick={onPick}>
                {t("terminal.new")}
              </Button>
            )}
            {mayOpen && data && lastPanes > 0 && (
              <Button variant="default" leftSection={<IconLayoutDashboard size={16} />} onClick={() => onLast(last)}>
                {t("terminal.asLast", { count: lastPanes })}
              </Button>
            )}
            {running.size > 0 && (
              <Button variant="default" onClick={onSessions}>
                {t("terminal.waiting", { count: running.size })}
              </Button>
            )}
          </>
        }
      >
        {t(mayOpen ? "terminal.nothingText" : "terminal.mayNot")}
      </Empty>
    </div>
  );
}
