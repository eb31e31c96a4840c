import { Button, Checkbox, Group, Loader, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/client";
import { bytes } from "../../format/units";
import { Empty, ErrorNote } from "../../parts/Notices";
import type { Ground } from "./calls";
import { type Entry, entryOf, type Told } from "./entry";
import { Picture } from "./FileRow";
import { parent, shown, wired } from "./names";
import { address, lines } from "./stream";

interface Hit {
  path: string;
  entry: Entry;
  line: number | null;
  text: string | null;
}

type Said =
  | { type: "found"; items: { path: string; entry: Told; line: number | null; text: string | null }[] }
  | { type: "progress"; found: number }
  | { type: "done"; found: number; truncated: boolean; unreadable: number }
  | { type: "problem"; code: string; detail: string };

interface Search {
  hits: readonly Hit[];
  busy: boolean;
  done: { truncated: boolean; unreadable: number } | null;
  error: unknown;
}

const IDLE: Search = { hits: [], busy: false, done: null, error: null };

interface FinderProps {
  ground: Ground;
  folder: string;
  onOpen: (path: string, entry: Entry) => void;
  onClose: () => void;
}

/** Looks below a folder for files by their names, by what they hold, or both. */
export function Finder({ ground, folder, onOpen, onClose }: FinderProps) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [content, setContent] = useState("");
  const [ignoreCase, setIgnoreCase] = useState(true);
  const [hidden, setHidden] = useState(true);
  const [search, setSearch] = useState<Search>(IDLE);
  const [stop, setStop] = useState<AbortController | null>(null);
  const begin = async () => {
    stop?.abort();
    const mine = new AbortController();
    setStop(mine);
    setSearch({ ...IDLE, busy: true });
    const wish = {
      path: folder,
      name: name ? wired(name) : undefined,
      content: content || undefined,
      ignore_case: String(ignoreCase),
      hidden: String(hidden),
      as_root: ground.asRoot,
    };
    try {
      for await (const said of lines<Said>(address(ground.hostId, "search", wish), mine.signal)) {
        if (said.type === "problem") throw new Problem(502, said.code, said.detail);
        if (said.type === "found") {
          const more = said.items.map((one) => ({ ...one, entry: entryOf(one.entry) }));
          setSearch((before) => ({ ...before, hits: [...before.hits, ...more] }));
        } else if (said.type === "done") setSearch((before) => ({ ...before, busy: false, done: said }));
      }
    } catch (error) {
      if (!mine.signal.aborted) setSearch((before) => ({ ...before, error }));
    } finally {
      if (!mine.signal.aborted) setSearch((before) => ({ ...before, busy: false }));
    }
  };
  const cancel = () => {
    stop?.abort();
    setSearch((before) => ({ ...before, busy: false }));
  };
  return (
    <Stack gap="sm" className="card finder">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name || content) begin();
        }}
      >
        <Group gap="xs" align="flex-end">
          <TextInput
            autoFocus
            className="finder-field"
            label={t("finder.name")}
            placeholder="*.conf"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            className="finder-field"
            label={t("finder.content")}
            value={content}
            onChange={(event) => setContent(event.currentTarget.value)}
          />
          {search.busy ? (
            <Button variant="default" onClick={cancel} leftSection={<Loader size={14} />}>
              {t("finder.stop")}
            </Button>
          ) : (
            <Button type="submit" disabled={!name && !content}>
              {t("finder.find")}
            </Button>
          )}
          <Button
            variant="subtle"
            color="gray"
            onClick={() => {
              cancel();
              onClose();
            }}
          >
            {t("action.close")}
          </Button>
        </Group>
        <Group gap="md" mt="xs">
          <Checkbox
            size="xs"
            label={t("finder.ignoreCase")}
            checked={ignoreCase}
            onChange={(event) => setIgnoreCase(event.currentTarget.checked)}
          />
          <Checkbox
            size="xs"
            label={t("finder.hidden")}
            checked={hidden}
            onChange={(event) => setHidden(event.currentTarget.checked)}
          />
          <Text size="xs" c="dimmed" role="status">
            {(search.busy || search.done) && t("finder.found", { count: search.hits.length })}
            {search.done?.truncated && ` · ${t("finder.truncated")}`}
            {search.done &&
              search.done.unreadable > 0 &&
              ` · ${t("finder.unreadable", { count: search.done.unreadable })}`}
          </Text>
        </Group>
      </form>
      {search.error !== null && <ErrorNote error={search.error} onRetry={begin} />}
      {search.done && search.hits.length === 0 && (
        <Empty title={t("finder.nothing")}>{t("finder.nothingText", { folder: shown(folder) })}</Empty>
      )}
      {search.hits.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
        <section className="finder-hits" tabIndex={0} aria-label={t("finder.results")}>
          {search.hits.map((hit) => (
            <button
              key={`${hit.path} ${hit.line}`}
              type="button"
              className="finder-hit"
              data-hit={hit.entry.shown}
              onClick={() => onOpen(hit.path, hit.entry)}
            >
              <Picture entry={hit.entry} />
              <span className="finder-name">
                <Text span size="sm">
                  {hit.entry.shown}
                </Text>
                <Text span size="xs" c="dimmed" className="finder-place">
                  {shown(parent(hit.path))}
                  {hit.line !== null && `:${hit.line}`}
                </Text>
                {hit.text !== null && (
                  <Text span size="xs" className="mono finder-text">
                    {hit.text}
                  </Text>
                )}
              </span>
              <Text span size="xs" c="dimmed">
                {hit.entry.kind === "file" && bytes(hit.entry.size)}
              </Text>
            </button>
          ))}
        </section>
      )}
    </Stack>
  );
}
