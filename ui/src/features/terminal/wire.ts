import type { Schemas } from "../../api/client";

/** The words of the terminal's WebSocket. */

export type Session = Schemas["TerminalView"];
export type Person = Schemas["AttachedView"];

export interface Prompt {
  id: number;
  name: string;
  instructions: string;
  prompts: { text: string; echo: boolean }[];
  expires_at: string;
}

interface Attached {
  type: "attached";
  session: Session;
  access: "read" | "write";
  leader: boolean;
  columns: number;
  rows: number;
  offset: number;
  reset: boolean;
  replay_to: number;
}

export type Said =
  | Attached
  | { type: "reset"; offset: number; replay_to: number; lost: number }
  | { type: "state"; state: "opening" | "open"; detail: string }
  | ({ type: "prompt" } & Prompt)
  | { type: "prompt_done"; id: number }
  | { type: "size"; columns: number; rows: number; leader: boolean }
  | { type: "people"; attached: Person[] }
  | { type: "title"; title: string }
  | { type: "input_ack"; bytes: number }
  | { type: "warning"; kind: "idle" | "absolute"; ends_at: string }
  | { type: "warning_over" }
  | { type: "exit"; reason: string; exit_status: number | null; detail: string }
  | { type: "detached"; reason: string; detail: string }
  | { type: "error"; code: string; detail: string }
  | { type: "pong"; id: number };

export const OUTPUT = 0;
export const RESTORE = 1;
export const KEYS = 0;
/** Of keys in one frame, and of keys that the host has not taken yet. */
export const MOST_KEYS = 32 * 1024;
export const KEY_CREDIT = 256 * 1024;
/** So much is written before the controller hears of it, unless everything is. */
export const ACK_EVERY = 32 * 1024;
/** Closed with one of these codes, a socket is not opened again. */
export const FINAL_CODES: readonly number[] = [1000, 4400, 4401, 4403, 4404, 4409, 4410];
