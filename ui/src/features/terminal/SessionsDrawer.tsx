import { Badge, Button, Drawer, Group, Stack, Switch, Text } from "@mantine/core";
import { IconPlayerStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { duration } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";
import { endSession, sessionsQuery } from "./calls";
import type { Desk } from "./desk";
import { useLayout } from "./hooks";
import * as layouts from "./layout";
import type { Session } from "./wire";

/** All sessions: one's own wherever they were begun, and those that others share. */
export function SessionsDrawer({ desk, onClose }: { desk: Desk; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const [all, setAll] = useState(false);
  const [ending, setEnding] = useState<Session | null>(null);
  const { data, error, refetch } = useQuery(sessionsQuery(all));
  const end = useChange(endSession, ["terminals"]);
  const sessions = [...(data?.items ?? [])].sort((a, b) => Number(a.state === "ended") - Number(b.state === "ended"));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={440}
      title={t("terminal.sessions")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Stack gap="xs">
        {may("users.manage") && (
          <Switch
            size="sm"
            label={t("terminal.ofAll")}
            checked={all}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
        )}
        {error && <ErrorNote error={error} onRetry={refetch} />}
        {!data && !error && <Rows count={3} />}
        {data && sessions.length === 0 && (
          <Empty title={t("terminal.noSessions")}>{t("terminal.noSessionsText")}</Empty>
        )}
        {sessions.map((session) => (
          <Row key={session.id} desk={desk} session={session} onEnd={() => setEnding(session)} onDone={onClose} />
        ))}
      </Stack>
      {ending && (
        <Confirm
          title={t("terminal.endTitle", { host: ending.host_name })}
          action={t("terminal.end")}
          onClose={() => setEnding(null)}
          onConfirm={() => end.mutateAsync(ending.id)}
        >
          {t("terminal.endText")}
        </Confirm>
      )}
    </Drawer>
  );
}

interface RowProps {
  desk: Desk;
  session: Session;
  onEnd: () => void;
  onDone: () => void;
}

function Row({ desk, session, onEnd, onDone }: RowProps) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const layout = useLayout(desk);
  const shown = layouts.allPanes(layout).find((pane) => pane.sessionId === session.id);
  const ended = session.state === "ended";
  const own = session.access === "owner";
  const mayJoin = session.access !== "none";
  const show = () => {
    if (shown) desk.arrange(layouts.activate(layout, shown.id));
    else desk.arrange(layouts.addTab(layout, layouts.newPane(session.host_id, { sessionId: session.id })));
    onDone();
  };
  const takeOver = () => {
    show();
    const pane = layouts.allPanes(desk.layout).find((one) => one.sessionId === session.id);
    if (pane) desk.of(pane).takeOver(session);
  };
  return (
    <div className="card terminal-session" data-session={session.id}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={600} truncate>
          {session.host_name}
          {session.container && ` · ${session.container}`}
        </Text>
        <Badge size="sm" variant="default" c={ended ? "dimmed" : "var(--state-up)"}>
          {ended ? t("terminal.ended") : t("terminal.idle", { time: duration(session.idle_s, i18n.language, 1) })}
        </Badge>
      </Group>
      <Text size="xs" c="dimmed" truncate title={session.title}>
        {session.title || session.last_line}
      </Text>
      <Text size="xs" c="dimmed">
        {!own && `${t("terminal.of", { name: session.owner.username })} · `}
        {t("terminal.begun")} <When at={session.created_at} /> ·{" "}
        {t("terminal.attached", { count: session.attached.length })}
      </Text>
      <Group gap={6} mt={4}>
        {mayJoin && (
          <Button size="compact-sm" variant="default" onClick={show}>
            {t(shown ? "terminal.show" : ended ? "terminal.joinEnded" : "terminal.join")}
          </Button>
        )}
        {own && !ended && !shown && session.attached.length > 0 && (
          <Button size="compact-sm" variant="default" onClick={takeOver}>
            {t("terminal.takeOver")}
          </Button>
        )}
        {(own || may("users.manage")) && !ended && (
          <RowAction icon={IconPlayerStop} harm label={t("terminal.end")} of={session.host_name} onClick={onEnd} />
        )}
      </Group>
    </div>
  );
}
