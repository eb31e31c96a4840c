import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { api, data, type Host, type Schemas } from "../../api/client";
import { fleet } from "../../live/hooks";
import { useSentence } from "../../parts/Notices";
import { offerUndo } from "../../parts/undo";

type Bulk = Schemas["Bulk"];
export type Labels = Pick<Bulk, "tags" | "group_ids">;

const REVERSE: Partial<Record<Bulk["action"], Bulk["action"]>> = {
  enable: "disable",
  disable: "enable",
  add_tags: "remove_tags",
  remove_tags: "add_tags",
  add_groups: "remove_groups",
  remove_groups: "add_groups",
};

/** Those of the hosts that the deed changes, so that only they are changed back. */
export function changed(hosts: readonly Host[], action: Bulk["action"], { tags = [], group_ids = [] }: Labels): Host[] {
  const lacks = (host: Host) =>
    tags.some((tag) => !host.tags.includes(tag)) || group_ids.some((id) => !host.group_ids.includes(id));
  const has = (host: Host) =>
    tags.some((tag) => host.tags.includes(tag)) || group_ids.some((id) => host.group_ids.includes(id));
  switch (action) {
    case "enable":
      return hosts.filter((host) => !host.enabled);
    case "disable":
      return hosts.filter((host) => host.enabled);
    case "add_tags":
    case "add_groups":
      return hosts.filter(lacks);
    case "remove_tags":
    case "remove_groups":
      return hosts.filter(has);
    default:
      return [...hosts];
  }
}

/** Does something to hosts, shows it at once where that is safe, says what was refused, and offers to take it back. */
export function useHostDeeds() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const send = async (ids: number[], action: Bulk["action"], labels: Labels) => {
    const { items } = await data(api.POST("/api/v1/hosts/bulk", { body: { ids, action, ...labels } }));
    const failed = items.filter((item) => !item.ok);
    if (failed.length) {
      const title = t("bulk.failed", { count: failed.length });
      notifications.show({ color: "red", title, message: failed[0]?.detail });
    }
    return items.filter((item) => item.ok).length;
  };
  /** Raises what the controller answers. */
  const apply = async (hosts: readonly Host[], action: Bulk["action"], labels: Labels = {}) => {
    const touched = changed(hosts, action, labels);
    const ids = touched.map((host) => host.id);
    if (ids.length === 0) return;
    const restore = action === "enable" || action === "disable" ? fleet.expect(ids, action === "enable") : undefined;
    let count = 0;
    try {
      count = await send(ids, action, labels);
    } catch (error) {
      restore?.();
      throw error;
    }
    const back = REVERSE[action];
    if (!back || count === 0) return;
    const undo = () =>
      send(ids, back, labels).catch((error) => notifications.show({ color: "red", message: sentence(error) }));
    offerUndo(t(`done.${action}`, { count }), undo);
  };
  const attempt = (hosts: readonly Host[], action: Bulk["action"], labels?: Labels) =>
    apply(hosts, action, labels).catch((error) => notifications.show({ color: "red", message: sentence(error) }));
  return { apply, attempt };
}
