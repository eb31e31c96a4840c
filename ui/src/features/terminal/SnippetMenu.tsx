import { ActionIcon, Button, Group, Popover, ScrollArea, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconBraces, IconPencil, IconPlayerPlay, IconPlus, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { ErrorNote, Rows } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";
import type { BenchWays } from "./Bench";
import { type Snippet, snippetsQuery } from "./calls";
import type { Tab } from "./layout";
import { SnippetForm } from "./SnippetForm";
import { SnippetUse } from "./SnippetUse";

/** Commands that are kept, to be put into the terminal that has the keyboard, or into all that are typed to. */
export function SnippetMenu({ bench, tab }: { bench: BenchWays; tab: Tab }) {
  const { t } = useTranslation();
  const may = useMay();
  const [opened, setOpened] = useState(false);
  const [editing, setEditing] = useState<Snippet | "new" | null>(null);
  const [using, setUsing] = useState<Snippet | null>(null);
  const edit = (snippet: Snippet | "new") => {
    setOpened(false);
    setEditing(snippet);
  };
  return (
    <>
      <Popover opened={opened} onChange={setOpened} position="bottom-end" width={400} trapFocus>
        <Popover.Target>
          <Tooltip label={t("snippet.title")}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("snippet.title")}
              aria-expanded={opened}
              onClick={() => setOpened(!opened)}
            >
              <IconBraces size={16} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
        </Popover.Target>
        <Popover.Dropdown aria-label={t("snippet.title")}>
          {opened && (
            <Listing
              onUse={(snippet) => {
                setOpened(false);
                setUsing(snippet);
              }}
              onEdit={edit}
              mayEdit={(snippet) => snippet.mine || may("users.manage")}
            />
          )}
        </Popover.Dropdown>
      </Popover>
      {editing && <SnippetForm snippet={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {using && <SnippetUse bench={bench} tab={tab} snippet={using} onClose={() => setUsing(null)} />}
    </>
  );
}

interface ListingProps {
  onUse: (snippet: Snippet) => void;
  onEdit: (snippet: Snippet | "new") => void;
  mayEdit: (snippet: Snippet) => boolean;
}

function Listing({ onUse, onEdit, mayEdit }: ListingProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(snippetsQuery);
  const [words, setWords] = useState("");
  const sought = words.toLowerCase();
  const found = data?.items.filter(({ name, text }) => `${name}\n${text}`.toLowerCase().includes(sought)) ?? [];
  return (
    <Stack gap="xs">
      <Group gap="xs" wrap="nowrap">
        <TextInput
          data-autofocus
          style={{ flex: 1 }}
          placeholder={t("snippet.search")}
          aria-label={t("snippet.search")}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && found[0] && onUse(found[0])}
        />
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => onEdit("new")}>
          {t("snippet.new")}
        </Button>
      </Group>
      {error && <ErrorNote error={error} onRetry={refetch} />}
      {!data && !error && <Rows count={2} />}
      {data && found.length === 0 && (
        <Text size="sm" c="dimmed">
          {t(data.items.length === 0 ? "snippet.none" : "snippet.noneFound")}
        </Text>
      )}
      <ScrollArea.Autosize mah={320} type="auto">
        <Stack gap={2}>
          {found.map((snippet) => (
            <Group key={snippet.id} gap={4} wrap="nowrap" className="terminal-snippet">
              <button type="button" className="terminal-snippet-use" onClick={() => onUse(snippet)}>
                <Text span size="sm" fw={550} truncate display="block">
                  {snippet.name}
                </Text>
                <Text span size="xs" c="dimmed" className="mono" truncate display="block">
                  {snippet.text}
                </Text>
              </button>
              {snippet.shared && (
                <Tooltip
                  label={snippet.mine ? t("snippet.sharedByMe") : t("snippet.sharedBy", { name: snippet.owner_name })}
                >
                  <IconUsers size={14} stroke={1.6} />
                </Tooltip>
              )}
              <RowAction
                icon={IconPlayerPlay}
                label={t("snippet.use")}
                of={snippet.name}
                onClick={() => onUse(snippet)}
              />
              {mayEdit(snippet) && (
                <RowAction
                  icon={IconPencil}
                  label={t("action.edit")}
                  of={snippet.name}
                  onClick={() => onEdit(snippet)}
                />
              )}
            </Group>
          ))}
        </Stack>
      </ScrollArea.Autosize>
    </Stack>
  );
}
