import type { Problem } from "../../api/client";
import { openSession, socketOf } from "./calls";
import type { Pane } from "./layout";
import { Link } from "./link";
import { isMouse, isReport } from "./reports";
import { type Doings, type Looks, Screen } from "./screen";
import { FRESH, newsOf, type Over, type View } from "./view";
import type { Said, Session } from "./wire";

export interface Around extends Omit<Doings, "input" | "size" | "title" | "ended"> {
  typed: (data: string) => void;
  ended: (code: number | null) => void;
  /** The session's id, once there is one. */
  named: (sessionId: string) => void;
}

/** What a pane shows: a screen, and the session behind it. */
export class Attachment {
  view: View = FRESH;
  readonly screen: Screen;
  private link: Link | null = null;
  private readonly watchers = new Set<() => void>();
  private gone = false;
  private begun = false;

  constructor(
    readonly hostId: number,
    looks: Looks,
    private readonly around: Around,
  ) {
    const { typed, ended, named, ...doings } = around;
    this.screen = new Screen(looks, {
      ...doings,
      ended,
      input: (data) => this.input(data),
      size: (columns, rows) => this.view.leader && this.link?.say({ type: "resize", columns, rows }),
      title: (title) => this.change({ title }),
    });
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  change(part: Partial<View>): void {
    this.view = { ...this.view, ...part };
    for (const watcher of this.watchers) watcher();
  }

  /** Begins, the first time that it is shown. */
  begin(pane: Pane): void {
    if (this.begun) return;
    this.begun = true;
    this.start(pane);
  }

  /** Opens a session of its own, or joins the one that is named. */
  async start(pane: Pane): Promise<void> {
    this.link?.close();
    this.link = null;
    this.change({ ...FRESH, title: this.view.title, run: this.view.run });
    let id = pane.sessionId;
    if (id === null) {
      try {
        const session = await openSession(pane, this.size());
        id = session.id;
        this.change({ session });
      } catch (error) {
        const problem = error as Problem;
        const over = { kind: "refused", reason: problem.code ?? "", status: null, detail: problem.message } as const;
        this.change({ phase: "over", over: { ...over, problem } });
        return;
      }
      this.around.named(id);
    }
    if (!this.gone) this.join(id);
  }

  private join(id: string, take = false): void {
    this.change({ phase: "connecting" });
    const sink = {
      write: (bytes: Uint8Array, done: () => void) => this.screen.term.write(bytes, done),
      reset: () => this.screen.term.reset(),
    };
    this.link = new Link(
      socketOf(id),
      sink,
      { access: "write", size: () => this.size() },
      {
        said: (message) => this.hear(message),
        closed: (final) => this.closed(final),
        latency: (latencyMs) => this.change({ latencyMs }),
      },
    );
    this.link.open(take);
  }

  private hear(message: Said): void {
    this.change(newsOf(message, this.view));
    if (message.type === "attached" || message.type === "size")
      this.resized(message.columns, message.rows, message.leader);
    else this.end(message);
  }

  private end(message: Said): void {
    if (message.type === "exit") {
      const { reason, exit_status: status, detail } = message;
      this.finish({ kind: "exit", reason, status, detail });
    } else if (message.type === "detached")
      this.finish({ kind: "detached", reason: message.reason, status: null, detail: message.detail });
    else if (message.type === "error" && message.code !== "read_only")
      this.finish({ kind: "error", reason: message.code, status: null, detail: message.detail });
  }

  private closed(final: boolean): void {
    if (!final) this.change({ phase: "lost", prompt: null, latencyMs: null });
    else if (this.view.phase !== "over") this.finish({ kind: "error", reason: "closed", status: null, detail: "" });
  }

  private finish(over: Over): void {
    this.link?.input.forget();
    this.change({ phase: "over", over, prompt: null, warning: null, latencyMs: null });
  }

  private resized(columns: number, rows: number, leader: boolean): void {
    this.change({ leader, columns, rows });
    if (leader) this.screen.fit();
    else this.screen.term.resize(columns, rows);
    const { cols, rows: own } = this.screen.term;
    if (leader && (cols !== columns || own !== rows)) this.link?.say({ type: "resize", columns: cols, rows: own });
  }

  /** Fits the screen into its room, unless somebody else decides about the size. */
  fit(): void {
    if (this.view.leader) this.screen.fit();
  }

  private size(): { columns: number; rows: number } {
    this.screen.fit();
    return { columns: this.screen.term.cols, rows: this.screen.term.rows };
  }

  private input(data: string): void {
    if (isMouse(data)) this.send(data);
    else if (!isReport(data)) this.around.typed(data);
    else if (this.view.leader && this.link && !this.link.output.replaying) this.send(data);
  }

  /** Keys for the host; nothing of them when there is no room. */
  send(data: string): boolean {
    if (!this.link || !this.view.write || this.view.phase === "over") return false;
    // a mouse report of the old kind has bytes in it, not characters
    const bytes = data.startsWith("\u001b[M")
      ? Uint8Array.from(data, (letter) => letter.charCodeAt(0))
      : new TextEncoder().encode(data);
    return this.link.input.put(bytes);
  }

  lead(): void {
    this.link?.say({ type: "lead" });
  }
  stay(): void {
    this.link?.say({ type: "stay" });
    this.change({ warning: null });
  }
  answer(id: number, answers: string[]): void {
    this.link?.say({ type: "answer", id, answers });
    this.change({ prompt: null });
  }
  refuse(id: number): void {
    this.link?.say({ type: "cancel", id });
    this.change({ prompt: null });
  }
  /** Joins, and sends one's other windows away. */
  takeOver(session: Session | null = this.view.session): void {
    if (!session) return;
    this.begun = true;
    this.link?.close();
    this.change({ session });
    this.join(session.id, true);
  }

  /** Leaves the session to itself. */
  dispose(): void {
    this.gone = true;
    this.link?.close();
    this.screen.dispose();
  }
}
