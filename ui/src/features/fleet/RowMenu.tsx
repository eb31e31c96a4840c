import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import {
  IconCommand,
  IconDots,
  IconFolder,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Host } from "../../api/client";
import { useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { useSentence } from "../../parts/Notices";
import { useHostDeeds } from "./deeds";

/** What can be done to one host, from a row or its page. */
export function RowMenu({ host, onDeleted }: { host: Host; onDeleted?: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const sentence = useSentence();
  const navigate = useNavigate();
  const deeds = useHostDeeds();
  const [deleting, setDeleting] = useState(false);
  const path = { params: { path: { host_id: host.id } } };
  const attempt = async (work: Promise<unknown>) => {
    try {
      await work;
    } catch (error) {
      notifications.show({ color: "red", title: host.name, message: sentence(error) });
    }
  };
  if (!may("hosts.operate")) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            className="row-action"
            data-row-menu
            aria-label={t("fleet.actions", { name: host.name })}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {may("hosts.write") && (
            <Menu.Item
              leftSection={<IconPencil size={15} />}
              onClick={() => navigate({ to: "/hosts/$hostId/edit", params: { hostId: String(host.id) } })}
            >
              {t("action.edit")}
            </Menu.Item>
          )}
          {host.state === "up" && may("files.read") && (
            <Menu.Item
              leftSection={<IconFolder size={15} />}
              onClick={() => navigate({ to: "/files", search: { host: host.id } })}
            >
              {t("nav.files")}
            </Menu.Item>
          )}
          {host.enabled && may("jobs.run") && (
            <Menu.Item
              leftSection={<IconCommand size={15} />}
              onClick={() => navigate({ to: "/run", search: { host: [host.id] } })}
            >
              {t("run.here")}
            </Menu.Item>
          )}
          {host.enabled && (
            <Menu.Item
              leftSection={<IconRefresh size={15} />}
              onClick={() => attempt(api.POST("/api/v1/hosts/{host_id}/retry", path))}
            >
              {t("host.reconnect")}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={host.enabled ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />}
            onClick={() => deeds.attempt([host], host.enabled ? "disable" : "enable")}
          >
            {t(host.enabled ? "host.disable" : "host.enable")}
          </Menu.Item>
          {may("hosts.write") && (
            <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setDeleting(true)}>
              {t("action.delete")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {deleting && (
        <Confirm
          title={t("host.deleteTitle", { name: host.name })}
          action={t("action.delete")}
          word={host.name}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.DELETE("/api/v1/hosts/{host_id}", path);
            onDeleted?.();
          }}
        >
          {t("host.deleteText")}
        </Confirm>
      )}
    </>
  );
}
