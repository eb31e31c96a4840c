import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Empty } from "../../parts/Notices";
import { sessionsQuery } from "./calls";

interface NothingProps {
  mayOpen: boolean;
  onPick: () => void;
  onSessions: () => void;
}

/** What the page is for, the way to begin, and the sessions that wait elsewhere. */
export function NothingOpen({ mayOpen, onPick, onSessions }: NothingProps) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionsQuery(false));
  const waiting = data?.items.filter((one) => one.state !== "ended").length ?? 0;
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
            {waiting > 0 && (
              <Button variant="default" onClick={onSessions}>
                {t("terminal.waiting", { count: waiting })}
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
