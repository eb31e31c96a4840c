import { Modal, ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/queries";
import { SECTIONS } from "../features/admin/sections";
import { useFleet } from "../live/hooks";
import { StateMark } from "../parts/StateBadge";

interface Entry {
  key: string;
  label: string;
  hint: string;
  mark?: React.ReactNode;
  go: () => void;
}

const SHOWN = 50;

/** Jump to a host or a page by typing. */
export function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12vh"
      centered={false}
    >
      {opened && <Entries onClose={onClose} />}
    </Modal>
  );
}

function Entries({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [place, setPlace] = useState(0);
  const entries = useEntries(words);
  const chosen = Math.min(place, entries.length - 1);
  const run = (entry: Entry | undefined) => {
    onClose();
    entry?.go();
  };
  return (
    <>
      <TextInput
        data-autofocus
        variant="unstyled"
        px="md"
        size="md"
        placeholder={t("palette.placeholder")}
        aria-label={t("palette.placeholder")}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setPlace(Math.min(chosen + 1, entries.length - 1));
          else if (event.key === "ArrowUp") setPlace(Math.max(chosen - 1, 0));
          else if (event.key === "Enter") run(entries[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <ScrollArea.Autosize mah="50vh">
        {entries.map((entry, index) => (
          <UnstyledButton
            key={entry.key}
            w="100%"
            px="md"
            py={7}
            bg={index === chosen ? "light-dark(#eaf3f5, #24323a)" : undefined}
            onMouseEnter={() => setPlace(index)}
            onClick={() => run(entry)}
            style={{ display: "flex", gap: 8, alignItems: "center" }}
          >
            {entry.mark}
            <Text size="sm">{entry.label}</Text>
            <Text size="xs" c="dimmed" ml="auto">
              {entry.hint}
            </Text>
          </UnstyledButton>
        ))}
        {entries.length === 0 && (
          <Text size="sm" c="dimmed" p="md">
            {t("palette.nothing")}
          </Text>
        )}
      </ScrollArea.Autosize>
    </>
  );
}

function useEntries(words: string): Entry[] {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { hosts } = useFleet();
  const pages: Entry[] = [
    { key: "fleet", label: t("nav.fleet"), hint: "g f", go: () => navigate({ to: "/" }) },
    { key: "profile", label: t("nav.profile"), hint: "", go: () => navigate({ to: "/profile" }) },
    ...SECTIONS.filter((one) => may(one.permission)).map((one) => ({
      key: one.name,
      label: t(`section.${one.name}`),
      hint: t("nav.settings"),
      go: () => navigate({ to: "/settings/$section", params: { section: one.name } }),
    })),
  ];
  if (may("hosts.write"))
    pages.unshift({ key: "add", label: t("fleet.add"), hint: "", go: () => navigate({ to: "/hosts/new" }) });
  const found = [...hosts.values()].map((host) => ({
    key: `host-${host.id}`,
    label: host.name,
    hint: host.address,
    mark: <StateMark state={host.state} />,
    go: () => navigate({ to: "/hosts/$hostId", params: { hostId: String(host.id) } }),
  }));
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (entry: Entry) => parts.every((part) => `${entry.label} ${entry.hint}`.toLowerCase().includes(part));
  return [...pages, ...found].filter(fits).slice(0, SHOWN);
}
