import { Button, Checkbox, Group, Table, Text, TextInput, Tooltip } from "@mantine/core";
import { IconBroadcast } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../live/hooks";
import { WhyButton } from "../../parts/WhyButton";
import type { Desk } from "./desk";
import { useNames, useView } from "./hooks";
import * as layouts from "./layout";
import { runsOf } from "./RunMark";
import { differing, isRunning } from "./runs";

const LOOK_MS = 500;

/** A command for all panes of the tab, and how it went on each: who differs stands first. */
export function BroadcastBar({ desk, tab }: { desk: Desk; tab: layouts.Tab }) {
  const { t } = useTranslation();
  const [line, setLine] = useState("");
  const [ask, setAsk] = useState(true);
  const panes = layouts.panesOf(tab.node);
  const joined = panes.filter((pane) => pane.joined);
  const runs = useRuns(desk, tab);
  const other = differing(runs);
  const run = () => {
    if (line.trim() === "" || joined.length === 0) return;
    desk.run(joined, line, ask);
    setLine("");
  };
  const order = (pane: layouts.Pane) => {
    const one = runs.get(pane.id);
    if (!one) return 3;
    return other.has(pane.id) ? 0 : isRunning(one) ? 1 : 2;
  };
  const rows = [...panes].sort((a, b) => order(a) - order(b));
  return (
    <section className="terminal-broadcast terminal-bar" aria-label={t("terminal.broadcast")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Group gap="xs" wrap="nowrap">
          <IconBroadcast size={16} color="var(--state-warn)" aria-hidden style={{ flex: "none" }} />
          <TextInput
            className="terminal-command"
            aria-label={t("terminal.command", { count: joined.length })}
            placeholder={t("terminal.command", { count: joined.length })}
            value={line}
            onChange={(event) => setLine(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
          />
          <Tooltip label={t("terminal.askHint")} multiline w={300}>
            <div>
              <Checkbox
                size="xs"
                label={t("terminal.ask")}
                checked={ask}
                onChange={(event) => setAsk(event.currentTarget.checked)}
              />
            </div>
          </Tooltip>
          <WhyButton type="submit" why={joined.length === 0 ? t("terminal.nobodyJoined") : undefined}>
            {t("terminal.run")}
          </WhyButton>
        </Group>
      </form>
      {runs.size > 0 && (
        <>
          <Summary runs={runs.size} running={[...runs.values()].filter(isRunning).length} other={other.size} />
          <div className="terminal-outcomes">
            <Table className="grid-table" aria-label={t("terminal.outcomes")}>
              <tbody>
                {rows.map((pane) => (
                  <Outcome key={pane.id} desk={desk} pane={pane} differs={other.has(pane.id)} />
                ))}
              </tbody>
            </Table>
          </div>
        </>
      )}
    </section>
  );
}

function Summary({ runs, running, other }: { runs: number; running: number; other: number }) {
  const { t } = useTranslation();
  const parts = [
    t("terminal.given", { count: runs }),
    running > 0 && t("terminal.stillRunning", { count: running }),
    other > 0 && t("terminal.differ", { count: other }),
  ].filter(Boolean);
  return (
    <Text size="xs" c="dimmed" role="status" data-summary>
      {parts.join(" · ")}
    </Text>
  );
}

function Outcome({ desk, pane, differs }: { desk: Desk; pane: layouts.Pane; differs: boolean }) {
  const { t } = useTranslation();
  const view = useView(desk.of(pane));
  const name = useNames()(pane, view);
  const now = useNow(1000);
  const { run, phase } = view;
  const state = () => {
    if (phase === "over") return t("terminal.notConnected");
    if (phase !== "open" && !run) return t("terminal.opening");
    if (!run) return "–";
    if (isRunning(run)) return t("terminal.runningFor", { seconds: Math.round((now - run.startedAt) / 1000) });
    if (run.code !== null) return t("terminal.code", { code: run.code });
    return t(run.asked ? "terminal.codeUnknown" : "terminal.ended");
  };
  return (
    <tr data-outcome={name} data-differs={differs || undefined}>
      <td>{name}</td>
      <td className="nowrap">
        <Text span size="xs" c={differs || (run?.code ?? 0) !== 0 ? "var(--state-warn)" : "dimmed"}>
          {state()}
          {differs && ` · ${t("terminal.differs")}`}
        </Text>
      </td>
      <td>
        <Text span size="xs" className="mono" truncate display="block" maw={520} title={run?.last}>
          {run?.last ?? ""}
        </Text>
      </td>
      <td className="stick-right">
        <Button
          size="compact-xs"
          variant="default"
          aria-label={t(pane.joined ? "terminal.dropOut" : "terminal.takeIn", { name })}
          onClick={() => desk.arrange(layouts.changePane(desk.layout, pane.id, { joined: !pane.joined }))}
        >
          {t(pane.joined ? "terminal.drop" : "terminal.take")}
        </Button>
      </td>
    </tr>
  );
}

/** How the last command goes on each pane, as often as it changes. */
function useRuns(desk: Desk, tab: layouts.Tab) {
  const [, setAt] = useState(0);
  useEffect(() => {
    const panes = layouts.panesOf(tab.node);
    const draw = () => setAt((at) => at + 1);
    const drops = panes.map((pane) => desk.of(pane).subscribe(draw));
    const timer = setInterval(() => desk.settle(panes), LOOK_MS);
    return () => {
      clearInterval(timer);
      for (const drop of drops) drop();
    };
  }, [desk, tab.node]);
  return runsOf(desk, tab);
}
