import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerStop, IconUnlink } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSentence } from "../../parts/Notices";
import { endSession } from "./calls";
import type { Desk } from "./desk";
import * as layouts from "./layout";

interface CloseProps {
  desk: Desk;
  panes: readonly layouts.Pane[];
  name: string;
  children: ReactNode;
}

/** Closes panes; asks whether what runs in them ends too, or goes on without them. */
export function CloseMenu({ desk, panes, name, children }: CloseProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const living = panes.filter((pane) => {
    const { phase, session } = desk.of(pane).view;
    return phase !== "over" && session !== null;
  });
  const ours = living.every((pane) => desk.of(pane).view.session?.access === "owner");
  const close = () => {
    let { layout } = desk;
    for (const pane of panes) layout = layouts.closePane(layout, pane.id);
    desk.arrange(layout);
  };
  const end = async () => {
    const ids = living.map((pane) => pane.sessionId).filter((id) => id !== null);
    close();
    for (const answer of await Promise.allSettled(ids.map(endSession)))
      if (answer.status === "rejected") notifications.show({ color: "red", message: sentence(answer.reason) });
  };
  const button = (onClick?: () => void) => (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={24}
      aria-label={t("terminal.closeOf", { name })}
      onClick={onClick}
      data-close
    >
      {children}
    </ActionIcon>
  );
  if (living.length === 0) return button(close);
  return (
    <Menu position="bottom-end">
      <Menu.Target>{button()}</Menu.Target>
      <Menu.Dropdown>
        {ours && (
          <Menu.Item leftSection={<IconPlayerStop size={15} />} onClick={end}>
            {t("terminal.endIt", { count: living.length })}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconUnlink size={15} />} onClick={close}>
          {t("terminal.leaveIt")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
