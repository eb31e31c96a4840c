import type { Ground } from "./calls";

/** What was copied or cut, to be put down in another folder or on another host. */
export interface Held {
  ground: Ground;
  folder: string;
  paths: readonly string[];
  cut: boolean;
}

let held: Held | null = null;
const watchers = new Set<() => void>();

export const clipboard = {
  subscribe(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  snapshot: (): Held | null => held,
  put(next: Held | null): void {
    held = next;
    for (const watcher of watchers) watcher();
  },
};
