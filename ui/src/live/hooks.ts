import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Host } from "../api/client";
import { queryClient } from "../api/queries";
import { Feed, type Status } from "./feed";
import { FleetStore } from "./fleet";
import { HostWindow } from "./window";

const url = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`;

export const feed = new Feed(url, () => queryClient.invalidateQueries({ queryKey: ["me"] }));
export const fleet = new FleetStore();
feed.listen((message) => {
  fleet.take(message);
  if (message.type === "host.event") {
    const event = message.event as { host_id: number };
    queryClient.invalidateQueries({ queryKey: ["events", event.host_id] });
  }
});

export function useFeedStatus(): Status {
  return useSyncExternalStore(
    (watch) => feed.watchStatus(watch),
    () => feed.status,
  );
}

/** Every host that the user sees, kept up to date while anybody asks. */
export function useFleet(): { hosts: ReadonlyMap<number, Host>; loaded: boolean } {
  useEffect(() => feed.want({ topic: "fleet" }), []);
  const hosts = useSyncExternalStore(fleet.subscribe, fleet.snapshot);
  return { hosts, loaded: fleet.loaded };
}

/** One host second by second, while the component is there. */
export function useHostWindow(hostId: number, live: boolean): { window: HostWindow; version: number } {
  const window = useMemo(() => new HostWindow(hostId), [hostId]);
  useEffect(() => {
    if (!live) return;
    const stop = feed.listen((message) => window.take(message));
    const drop = feed.want({ topic: "host", host_id: hostId });
    return () => {
      drop();
      stop();
    };
  }, [hostId, live, window]);
  const version = useSyncExternalStore(window.subscribe, window.snapshot);
  return { window, version };
}

/** The present, in steps, for words such as "3 minutes ago". */
export function useNow(stepMs = 10_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), stepMs);
    return () => clearInterval(timer);
  }, [stepMs]);
  return now;
}
