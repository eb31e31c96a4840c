import type { Problem } from "../../api/client";
import { plainLine } from "./hostile";
import type { Run } from "./runs";
import type { Person, Prompt, Said, Session } from "./wire";

/** Why a pane shows no living session any more. */
export interface Over {
  kind: "exit" | "detached" | "error" | "refused";
  reason: string;
  status: number | null;
  detail: string;
  problem?: Problem;
}

export interface View {
  phase: "opening" | "connecting" | "open" | "lost" | "over";
  session: Session | null;
  write: boolean;
  leader: boolean;
  title: string;
  detail: string;
  columns: number;
  rows: number;
  latencyMs: number | null;
  prompt: Prompt | null;
  warning: { kind: "idle" | "absolute"; endsAt: string } | null;
  people: Person[];
  over: Over | null;
  /** Bytes that this page was too slow to be shown. */
  skipped: number;
  run: Run | null;
}

export const FRESH: View = {
  phase: "opening",
  session: null,
  write: true,
  leader: true,
  title: "",
  detail: "",
  columns: 80,
  rows: 24,
  latencyMs: null,
  prompt: null,
  warning: null,
  people: [],
  over: null,
  skipped: 0,
  run: null,
};

/** What a message changes of the view. */
export function newsOf(message: Said, view: View): Partial<View> {
  switch (message.type) {
    case "attached": {
      const { session, access } = message;
      const phase = session.state === "opening" ? "opening" : "open";
      const news = { phase, session, write: access === "write", people: session.attached } as const;
      return { ...news, over: null, warning: null, title: view.title || plainLine(session.title) };
    }
    case "state":
      return { phase: message.state, detail: plainLine(message.detail) };
    case "prompt":
      return { prompt: message };
    case "prompt_done":
      return view.prompt?.id === message.id ? { prompt: null } : {};
    case "people":
      return { people: message.attached };
    case "title":
      return { title: plainLine(message.title) };
    case "warning":
      return { warning: { kind: message.kind, endsAt: message.ends_at } };
    case "warning_over":
      return { warning: null };
    case "reset":
      return { skipped: view.skipped + message.lost };
    default:
      return {};
  }
}
