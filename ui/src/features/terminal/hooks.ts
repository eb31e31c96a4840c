import { useSyncExternalStore } from "react";
import type { Host } from "../../api/client";
import { useFleet } from "../../live/hooks";
import type { Attachment } from "./attachment";
import type { Desk } from "./desk";
import type { Layout, Pane } from "./layout";
import type { View } from "./view";

export const useLayout = (desk: Desk): Layout => useSyncExternalStore(desk.subscribe, desk.snapshot);
export const useView = (attachment: Attachment): View =>
  useSyncExternalStore(attachment.subscribe, () => attachment.view);

/** What a pane is called: its host, and the container there. */
export function useNames(): (pane: Pane, view?: View) => string {
  const { hosts } = useFleet();
  return (pane, view) => {
    const name = hosts.get(pane.hostId)?.name ?? view?.session?.host_name ?? `#${pane.hostId}`;
    const container = view?.session?.container || pane.ask.container;
    return container ? `${name} · ${container}` : name;
  };
}

export function useHost(hostId: number): Host | undefined {
  return useFleet().hosts.get(hostId);
}
