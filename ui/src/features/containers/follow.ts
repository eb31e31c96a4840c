import { useEffect, useRef, useState } from "react";
import type { LogLine } from "../../parts/LogLines";
import type { Container } from "./types";

interface Said {
  at: number | null;
  stream: "stdout" | "stderr";
  text: string;
}

export interface Following {
  lines: readonly LogLine[];
  /** Why nothing more comes: the log has ended, or what went wrong. */
  over: { kind: "end" | "problem"; detail: string } | null;
  waiting: boolean;
}

const MOST = 20_000;
const AGAIN_MS = 2000;
const RIGHT_GONE = 4401;

export function stampOf(at: number | null): string {
  if (at === null) return "";
  const moment = new Date(at * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

export const lineOf = (said: Said, key: number): LogLine => ({
  key,
  text: said.text,
  stamp: stampOf(said.at),
  error: said.stream === "stderr",
});

const address = (one: Pick<Container, "host_id" | "id">, query: URLSearchParams) =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/hosts/${one.host_id}/containers/${one.id}/logs/follow?${query}`;

/** The log as it is written. After a lost connection it goes on where it was. */
export function useFollow(container: Pick<Container, "host_id" | "id">, since: number | null, on: boolean): Following {
  const { host_id, id } = container;
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [over, setOver] = useState<Following["over"]>(null);
  const [waiting, setWaiting] = useState(true);
  const next = useRef(0);
  useEffect(() => {
    setLines([]);
    setOver(null);
    setWaiting(true);
    if (!on) return;
    let socket: WebSocket | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last: number | null = null;
    let ended = false;
    const take = (said: Said[]) => {
      // what was written in the second of the last line comes once more after a reconnect
      const fresh = said.filter((one) => last === null || one.at === null || one.at > last);
      const made = fresh.map((one) => lineOf(one, next.current++));
      if (made.length) setLines((before) => [...before, ...made].slice(-MOST));
      return fresh.at(-1)?.at ?? null;
    };
    const open = () => {
      const again = last;
      const query = new URLSearchParams({ tail: again === null ? "1000" : "5000" });
      const from = again ?? since;
      if (from !== null) query.set("since", String(Math.floor(from)));
      socket = new WebSocket(address({ host_id, id }, query));
      socket.onopen = () => setWaiting(false);
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.type === "lines") last = take(message.lines) ?? last;
        else if (message.type === "end") {
          ended = true;
          setOver({ kind: "end", detail: message.reason ?? "" });
        } else if (message.type === "problem") {
          ended = true;
          setOver({ kind: "problem", detail: message.detail });
        }
      };
      socket.onclose = (event) => {
        setWaiting(false);
        if (!ended && event.code !== RIGHT_GONE && event.code !== 1000) timer = setTimeout(open, AGAIN_MS);
      };
    };
    open();
    return () => {
      ended = true;
      clearTimeout(timer);
      socket?.close();
    };
  }, [host_id, id, since, on]);
  return { lines, over, waiting };
}
