import { Alert, Anchor, Group, Stack, Switch, Text } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/client";
import { plainText } from "../../parts/ansi";
import { type LogLine, LogLines } from "../../parts/LogLines";
import { ErrorNote } from "../../parts/Notices";
import { SearchBox } from "../../parts/SearchBox";
import type { Ground } from "./calls";
import { address, lines } from "./stream";

type Said = { type: "data"; text: string } | { type: "truncated" | "replaced" | "gone" | "ping" } | SaidProblem;
interface SaidProblem {
  type: "problem";
  code: string;
  detail: string;
}

const FIRST_BYTES = 262_144;
const MOST = 20_000;
const AGAIN_MS = 2000;

interface Followed {
  lines: readonly LogLine[];
  note: "truncated" | "replaced" | "gone" | null;
  error: unknown;
}

/** Lines out of pieces that end anywhere. */
export function cut(held: readonly LogLine[], text: string, open: boolean): { lines: LogLine[]; open: boolean } {
  const parts = text.split(/\r?\n/);
  const ends = parts.at(-1) === "";
  if (ends) parts.pop();
  const made = [...held];
  for (const [place, part] of parts.entries()) {
    const last = made.at(-1);
    if (place === 0 && open && last) made[made.length - 1] = { ...last, text: last.text + part };
    else made.push({ key: (last?.key ?? -1) + 1, text: part });
  }
  return { lines: made.slice(-MOST), open: !ends };
}

function useTail(ground: Ground, path: string): Followed {
  const { hostId, asRoot } = ground;
  const [followed, setFollowed] = useState<Followed>({ lines: [], note: null, error: null });
  const open = useRef(false);
  useEffect(() => {
    const stop = new AbortController();
    setFollowed({ lines: [], note: null, error: null });
    open.current = false;
    const follow = async () => {
      let held: LogLine[] = [];
      let first = true;
      for await (const said of lines<Said>(
        address(hostId, "tail", { path, bytes: FIRST_BYTES, as_root: asRoot }),
        stop.signal,
      )) {
        if (said.type === "problem") throw new Problem(502, said.code, said.detail);
        if (said.type === "ping") continue;
        if (said.type !== "data") {
          const note = said.type;
          setFollowed((before) => ({ ...before, note }));
          continue;
        }
        const next = cut(held, said.text, open.current);
        // the first piece begins somewhere in a line when the file is longer than what was asked for
        if (first && said.text.length >= FIRST_BYTES / 4 && next.lines.length > 1) next.lines.shift();
        first = false;
        held = next.lines;
        open.current = next.open;
        setFollowed((before) => ({ ...before, lines: held, error: null }));
      }
    };
    const insist = async () => {
      while (!stop.signal.aborted) {
        try {
          await follow();
        } catch (error) {
          const passes = error instanceof Problem && (error.status === 0 || error.status === 503);
          setFollowed((before) => ({ ...before, error }));
          if (!passes) return;
        }
        if (stop.signal.aborted) return;
        await new Promise((done) => setTimeout(done, AGAIN_MS));
        open.current = false;
      }
    };
    insist();
    return () => stop.abort();
  }, [hostId, asRoot, path]);
  return followed;
}

/** The end of a file, and what is written to it while one looks. */
export function Tail({ ground, path, name }: { ground: Ground; path: string; name: string }) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [wrap, setWrap] = useState(true);
  const [follow, setFollow] = useState(true);
  const { lines: all, note, error } = useTail(ground, path);
  const found = useMemo(() => {
    const wanted = words.toLowerCase();
    return wanted ? all.filter((line) => plainText(line.text).toLowerCase().includes(wanted)) : all;
  }, [all, words]);
  return (
    <Stack gap="xs" className="viewer-fill">
      <Group gap="xs">
        <SearchBox label={t("log.search")} value={words} onChange={setWords} />
        <Switch label={t("log.wrap")} checked={wrap} onChange={(event) => setWrap(event.currentTarget.checked)} />
        <Text size="xs" c="dimmed" ml="auto" role="status">
          {t("log.count", { count: found.length })}
        </Text>
        {!follow && (
          <Anchor component="button" type="button" size="xs" onClick={() => setFollow(true)}>
            {t("log.toEnd")}
          </Anchor>
        )}
      </Group>
      {note && <Alert color="orange">{t(`viewer.${note}`)}</Alert>}
      {error !== null && <ErrorNote error={error} />}
      <div className="card viewer-log">
        <LogLines
          lines={found}
          label={t("log.of", { name })}
          wrap={wrap}
          words={words}
          follow={follow}
          onFollow={setFollow}
        />
      </div>
    </Stack>
  );
}
