/** One WebSocket to the controller: topics are asked for while somebody wants them, and again after a lost connection. */

export type Message = { type: string } & Record<string, unknown>;
export type Status = "connecting" | "open" | "lost";
type Listener = (message: Message) => void;

const FLOOR_MS = 500;
const CEILING_MS = 15_000;

export interface Topic {
  topic: "fleet" | "host" | "containers";
  host_id?: number;
}

const keyOf = (topic: Topic) => `${topic.topic}/${topic.host_id ?? ""}`;

export class Feed {
  status: Status = "connecting";
  private socket: WebSocket | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly topics = new Map<string, { topic: Topic; users: number }>();
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly url: () => string,
    private readonly onEnded: () => void,
  ) {}

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  watchStatus(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Want a topic until the returned function is called. */
  want(topic: Topic): () => void {
    const key = keyOf(topic);
    const known = this.topics.get(key);
    if (known) known.users += 1;
    else {
      this.topics.set(key, { topic, users: 1 });
      this.send({ op: "subscribe", ...topic });
    }
    this.open();
    return () => {
      const held = this.topics.get(key);
      if (!held) return;
      held.users -= 1;
      if (held.users > 0) return;
      this.topics.delete(key);
      this.send({ op: "unsubscribe", ...topic });
    };
  }

  close(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private open(): void {
    if (this.socket || this.timer) return;
    const socket = new WebSocket(this.url());
    this.socket = socket;
    socket.onopen = () => {
      this.attempts = 0;
      this.change("open");
      for (const { topic } of this.topics.values()) this.send({ op: "subscribe", ...topic });
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data) as Message;
      for (const listener of this.listeners) listener(message);
    };
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.change("lost");
      if (event.code === 4401) this.onEnded();
      else this.retry();
    };
  }

  private retry(): void {
    const most = Math.min(CEILING_MS, FLOOR_MS * 2 ** this.attempts);
    this.attempts += 1;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.open();
      },
      FLOOR_MS + Math.random() * most,
    );
  }

  private send(wish: Record<string, unknown>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(wish));
  }

  private change(status: Status): void {
    this.status = status;
    for (const watcher of this.watchers) watcher();
  }
}
