import { Button, Group, Text } from "@mantine/core";
import type { TFunction } from "i18next";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { useSentence } from "../../parts/Notices";
import { When } from "../../parts/When";
import type { Attachment } from "./attachment";
import type { BenchWays } from "./Bench";
import { canJoinAgain } from "./desk";
import { plainLine } from "./hostile";
import * as layouts from "./layout";
import type { Over, View } from "./view";

interface BannerProps {
  bench: BenchWays;
  pane: layouts.Pane;
  attachment: Attachment;
  view: View;
}

const LONGEST = 300;

/** What stands in the way, and what to do about it. */
export function Banner({ bench, pane, attachment, view }: BannerProps) {
  const { t } = useTranslation();
  if (view.phase === "over" && view.over)
    return <Ended bench={bench} pane={pane} attachment={attachment} over={view.over} />;
  if (view.phase === "lost") return <Line urgent>{t("terminal.lost")}</Line>;
  if (view.phase === "opening" || view.phase === "connecting")
    return view.prompt ? null : <Line>{view.detail || t("terminal.opening")}</Line>;
  if (view.warning)
    return (
      <Line urgent>
        {t(view.warning.kind === "idle" ? "terminal.idleSoon" : "terminal.absoluteSoon")}{" "}
        <When at={view.warning.endsAt} />
        {view.warning.kind === "idle" && (
          <Button size="compact-xs" variant="default" onClick={() => attachment.stay()}>
            {t("terminal.stay")}
          </Button>
        )}
      </Line>
    );
  if (view.leader) return null;
  return (
    <Line>
      {t(view.write ? "terminal.sizeOfOther" : "terminal.watchingSize", { columns: view.columns, rows: view.rows })}
      {view.write && (
        <Button size="compact-xs" variant="default" onClick={() => attachment.lead()}>
          {t("terminal.mySize")}
        </Button>
      )}
    </Line>
  );
}

function Ended({ bench, pane, attachment, over }: Omit<BannerProps, "view"> & { over: Over }) {
  const { t } = useTranslation();
  const may = useMay();
  const sentence = useSentence();
  const { desk } = bench;
  const own = pane.hostId > 0 && may("terminals.open");
  const said = over.problem ? sentence(over.problem) : reasonOf(over, t);
  return (
    <Line urgent={over.reason !== "exited"}>
      <span>{said}</span>
      <Group gap={6} wrap="nowrap">
        {canJoinAgain(over) && (
          <Button size="compact-sm" variant="default" onClick={() => attachment.takeOver()}>
            {t("terminal.joinAgain")}
          </Button>
        )}
        {own && over.reason !== "taken" && (
          <Button size="compact-sm" onClick={() => desk.restart(pane)}>
            {t("terminal.restart")}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => desk.arrange(layouts.closePane(desk.layout, pane.id))}
        >
          {t("action.close")}
        </Button>
      </Group>
    </Line>
  );
}

/** Why it ended in the reader's language, with the controller's own words where they say more. */
function reasonOf(over: Over, t: TFunction): string {
  const detail = plainLine(over.detail, LONGEST);
  const key = `terminal.reason.${over.reason}`;
  const told = i18next.exists(key) ? t(key) : detail || t("terminal.reason.closed");
  const code = over.status !== null && over.status !== 0 ? ` ${t("terminal.status", { code: over.status })}` : "";
  const more = ["failed", "lost"].includes(over.reason) && detail ? ` ${detail}` : "";
  return told + code + more;
}

function Line({ urgent = false, children }: { urgent?: boolean; children: React.ReactNode }) {
  return (
    <Text component="div" size="sm" className="terminal-banner" role="status" data-urgent={urgent || undefined}>
      {children}
    </Text>
  );
}
