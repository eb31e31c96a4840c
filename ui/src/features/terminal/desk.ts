import { Attachment } from "./attachment";
import { remember } from "./kept";
import type { Pane } from "./layout";
import * as layouts from "./layout";
import { type Run, withMark } from "./runs";
import type { Following, Looks } from "./screen";
import type { Over } from "./view";

export interface Hooks {
  link: (url: URL) => void;
  copy: (text: string, hostId: number) => void;
  paste: (pane: Pane, text: string) => void;
  selected: (pane: Pane) => void;
  key: (pane: Pane, event: KeyboardEvent) => boolean;
}

const QUIET_MS = 2000;
const nothing = () => undefined;
export const NO_HOOKS: Hooks = { link: nothing, copy: nothing, paste: nothing, selected: nothing, key: () => false };

/** All that the page holds: the layout, and a living attachment for each of its panes. */
export class Desk {
  layout: layouts.Layout;
  private readonly following = new Map<string, Following>();
  private readonly attachments = new Map<string, Attachment>();
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly userId: number,
    layout: layouts.Layout,
    private looks: Looks,
    public hooks: Hooks,
    private readonly release: () => void,
  ) {
    this.layout = layout;
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
  readonly snapshot = (): layouts.Layout => this.layout;

  /** Another layout: panes that are no longer in it leave their sessions to themselves. */
  arrange(layout: layouts.Layout): void {
    if (layout === this.layout) return;
    this.layout = layout;
    const kept = new Set(layouts.allPanes(layout).map((pane) => pane.id));
    for (const [id, attachment] of this.attachments) {
      if (kept.has(id)) continue;
      this.attachments.delete(id);
      attachment.dispose();
    }
    remember(this.userId, layout);
    for (const watcher of this.watchers) watcher();
  }

  /** What a pane shows; begun when it is first asked for. */
  of(pane: Pane): Attachment {
    const known = this.attachments.get(pane.id);
    if (known) return known;
    const { id } = pane;
    const now = () => this.pane(id) ?? pane;
    const attachment = new Attachment(pane.hostId, this.looks, {
      typed: (data) => this.type(id, data),
      ended: (code) => this.ended(id, code),
      named: (sessionId) => this.arrange(layouts.changePane(this.layout, id, { sessionId })),
      link: (url) => this.hooks.link(url),
      copy: (text) => this.hooks.copy(text, pane.hostId),
      paste: (text) => this.hooks.paste(now(), text),
      selected: () => this.hooks.selected(now()),
      key: (event) => this.hooks.key(now(), event),
    });
    this.attachments.set(id, attachment);
    return attachment;
  }

  pane(id: string): Pane | undefined {
    return layouts.allPanes(this.layout).find((pane) => pane.id === id);
  }

  /** A session in the place of one that has ended. */
  restart(pane: Pane): void {
    const fresh = { ...pane, sessionId: null };
    this.arrange(layouts.changePane(this.layout, pane.id, { sessionId: null }));
    this.of(pane).start(fresh);
  }

  look(looks: Looks): void {
    this.looks = looks;
    for (const attachment of this.attachments.values()) attachment.screen.look(looks);
  }

  /** The panes that take what is typed into this one. */
  takers(paneId: string): Pane[] {
    const tab = layouts.tabOf(this.layout, paneId);
    const own = this.pane(paneId);
    if (!tab || !own) return [];
    return tab.broadcast && own.joined ? layouts.panesOf(tab.node).filter((pane) => pane.joined) : [own];
  }

  /** A key of the phone's bar that changes the next one. */
  holdKey(held: "ctrl" | "alt" | null, released: () => void): void {
    this.held = held;
    this.released = released;
  }

  private held: "ctrl" | "alt" | null = null;
  private released: () => void = nothing;

  type(paneId: string, typed: string): void {
    const data = this.held ? changed(typed, this.held) : typed;
    if (this.held) {
      this.held = null;
      this.released();
    }
    for (const pane of this.takers(paneId)) this.of(pane).send(data);
  }

  /** As if it were pasted there: each program is told in its own way that it was not typed. */
  paste(panes: readonly Pane[], textOf: (pane: Pane) => string, enter = false): void {
    for (const pane of panes) {
      const attachment = this.of(pane);
      attachment.send(bracketed(textOf(pane), attachment.screen.term.modes.bracketedPasteMode));
      if (enter) attachment.send("\r");
    }
  }

  /** Gives a command to panes and watches how it goes; by asking shells that do not tell by themselves. */
  run(panes: readonly Pane[], line: string, ask: boolean): void {
    for (const pane of panes) {
      const attachment = this.of(pane);
      this.following.set(pane.id, attachment.screen.follow());
      const now = Date.now();
      const run: Run = { line, startedAt: now, changedAt: now, endedAt: null, code: null, last: "", asked: ask };
      attachment.change({ run });
      const marked = ask && !attachment.screen.tells;
      if (!attachment.send(`${marked ? withMark(line) : line}\r`)) attachment.change({ run: null });
    }
  }

  /** Counts commands as ended where the prompt is back; without one, those that nobody was asked about once it is quiet. */
  settle(panes: readonly Pane[]): void {
    for (const { id } of panes) {
      const attachment = this.attachments.get(id);
      const run = attachment?.view.run;
      const following = this.following.get(id);
      if (!attachment || !following || !run || run.endedAt !== null) continue;
      const last = following.last();
      const over = following.prompts ? following.back() : !run.asked;
      if (last !== run.last) attachment.change({ run: { ...run, last, changedAt: Date.now() } });
      else if (over && Date.now() - run.changedAt > QUIET_MS)
        attachment.change({ run: { ...run, endedAt: Date.now() } });
    }
  }

  private ended(paneId: string, code: number | null): void {
    const attachment = this.attachments.get(paneId);
    const run = attachment?.view.run;
    if (!attachment || !run || run.endedAt !== null) return;
    const last = this.following.get(paneId)?.last() ?? "";
    attachment.change({ run: { ...run, endedAt: Date.now(), code, last } });
  }

  dispose(): void {
    for (const attachment of this.attachments.values()) attachment.dispose();
    this.attachments.clear();
    this.release();
  }
}

function changed(typed: string, held: "ctrl" | "alt"): string {
  if (held === "alt") return `\u001b${typed}`;
  const code = typed.toUpperCase().charCodeAt(0);
  return typed.length === 1 && code >= 63 && code < 96 ? String.fromCharCode(code === 63 ? 127 : code & 31) : typed;
}

const bracketed = (text: string, wanted: boolean): string => {
  const keys = text.replaceAll("\n", "\r");
  return wanted ? `\u001b[200~${keys}\u001b[201~` : keys;
};

/** Can the session be joined again, or is there nothing behind the pane any more? */
export const canJoinAgain = (over: Over): boolean => over.kind === "detached" && over.reason === "taken";
