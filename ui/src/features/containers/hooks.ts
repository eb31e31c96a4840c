import { useEffect, useMemo, useSyncExternalStore } from "react";
import { feed } from "../../live/hooks";
import { ContainerStore, type Shown } from "./store";

/** The containers of one host second by second, or without one those of the whole fleet, while the component is there. */
export function useContainers(hostId: number | null): { store: ContainerStore; shown: Shown } {
  const store = useMemo(() => new ContainerStore(hostId), [hostId]);
  useEffect(() => {
    const stop = feed.listen((message) => store.take(message));
    const drop = feed.want(hostId === null ? { topic: "containers" } : { topic: "containers", host_id: hostId });
    return () => {
      drop();
      stop();
    };
  }, [hostId, store]);
  return { store, shown: useSyncExternalStore(store.subscribe, store.snapshot) };
}
