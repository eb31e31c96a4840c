import { ActionIcon, Menu } from "@mantine/core";
import {
  IconDots,
  IconFileText,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  IconSkull,
  IconTerminal2,
  IconTrash,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { HARMFUL, possible } from "./deeds";
import { useShell } from "./shell";
import type { Container, Deed } from "./types";

export const DEED_ICONS: Record<Deed, typeof IconDots> = {
  start: IconPlayerPlay,
  stop: IconPlayerStop,
  restart: IconRefresh,
  pause: IconPlayerPause,
  unpause: IconPlayerPlay,
  kill: IconSkull,
  remove: IconTrash,
};

interface DeedMenuProps {
  container: Container;
  onDeed: (deed: Deed) => void;
}

/** What can be done to one container. */
export function DeedMenu({ container, onDeed }: DeedMenuProps) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const shell = useShell();
  if (!may("hosts.operate")) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          className="row-action"
          aria-label={t("container.actionsOf", { name: container.name })}
        >
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconFileText size={15} />}
          onClick={() =>
            navigate({
              to: "/hosts/$hostId/containers/$containerId",
              params: { hostId: String(container.host_id), containerId: container.id },
              search: { tab: "logs" },
            })
          }
        >
          {t("container.logs")}
        </Menu.Item>
        {shell && (
          <Menu.Item
            leftSection={<IconTerminal2 size={15} />}
            disabled={container.state !== "running"}
            onClick={() => shell(container)}
          >
            {t("container.shell")}
          </Menu.Item>
        )}
        <Menu.Divider />
        {possible(container).map((deed) => {
          const Icon = DEED_ICONS[deed];
          const harm = deed === "remove" || deed === "kill";
          return (
            <Menu.Item
              key={deed}
              color={harm ? "red" : undefined}
              leftSection={<Icon size={15} />}
              onClick={() => onDeed(deed)}
            >
              {t(`container.do.${deed}`)}
              {HARMFUL.includes(deed) ? "…" : ""}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
