import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { api, data, Problem } from "../../api/client";
import { queryClient } from "../../api/queries";
import { useSentence } from "../../parts/Notices";
import type { Container, Deed } from "./types";

/** These stop something from working: they ask first. */
export const HARMFUL: readonly Deed[] = ["stop", "restart", "kill", "remove"];

/** What can be done to a container as it is now. */
export function possible(one: Container): Deed[] {
  switch (one.state) {
    case "running":
      return ["stop", "restart", "pause", "kill", "remove"];
    case "paused":
      return ["unpause", "stop", "restart", "kill", "remove"];
    case "restarting":
      return ["stop", "kill", "remove"];
    case "removing":
      return [];
    default:
      return ["start", "remove"];
  }
}

export const pathOf = (one: Pick<Container, "host_id" | "id">) => ({ host_id: one.host_id, name: one.id });

export interface Extra {
  force?: boolean;
  volumes?: boolean;
}

/** Does it to one container or to many. Raises what was refused, in the engine's own words. */
export async function perform(containers: readonly Container[], deed: Deed, extra: Extra = {}): Promise<void> {
  const [only] = containers;
  if (!only) return;
  if (containers.length > 1) {
    const items = containers.map(({ host_id, id }) => ({ host_id, container_id: id }));
    const body = { items, action: deed, force: extra.force ?? false, volumes: extra.volumes ?? false };
    const answer = await data(api.POST("/api/v1/containers/bulk", { body }));
    const failed = answer.items.filter((item) => !item.ok);
    const names = new Map(containers.map((one) => [one.id, one.name]));
    if (failed.length)
      throw new Problem(
        409,
        "bulk",
        failed.map((item) => `${names.get(item.container_id) ?? item.container_id}: ${item.detail}`).join("\n"),
      );
  } else if (deed === "remove") {
    const params = {
      path: pathOf(only),
      query: { force: extra.force ?? false, volumes: extra.volumes ?? false },
    };
    await api.DELETE("/api/v1/hosts/{host_id}/containers/{name}", { params });
  } else {
    const params = { path: pathOf(only) };
    await api.POST("/api/v1/hosts/{host_id}/containers/{name}/actions", { params, body: { action: deed } });
  }
  await queryClient.invalidateQueries({ queryKey: ["container", only.host_id] });
}

/** Does what does no harm, and says so where it fails. */
export function useAttempt(): (containers: readonly Container[], deed: Deed) => Promise<void> {
  const { t } = useTranslation();
  const sentence = useSentence();
  return async (containers, deed) => {
    try {
      await perform(containers, deed);
    } catch (error) {
      const title = `${t(`container.do.${deed}`)}: ${containers.map((one) => one.name).join(", ")}`;
      notifications.show({ color: "red", title, message: sentence(error), autoClose: false });
    }
  };
}
