import { Modal, ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntries } from "./entries";
import type { Entry } from "./pageEntries";

interface PaletteProps {
  opened: boolean;
  onClose: () => void;
  onHelp: () => void;
}

/** Jump to a host or a page, or do something, by typing. */
export function Palette({ opened, onClose, onHelp }: PaletteProps) {
  const { t } = useTranslation();
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      padding={0}
      size={560}
      yOffset="12vh"
      centered={false}
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content aria-label={t("palette.open")}>
        <Modal.Body>{opened && <Entries onClose={onClose} onHelp={onHelp} />}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Entries({ onClose, onHelp }: Omit<PaletteProps, "opened">) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [place, setPlace] = useState(0);
  const entries = useEntries(words, onHelp);
  const chosen = Math.min(place, entries.length - 1);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.go();
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setPlace((chosen + 1) % Math.max(entries.length, 1));
    else if (event.key === "ArrowUp") setPlace((chosen - 1 + entries.length) % Math.max(entries.length, 1));
    else if (event.key === "Enter") run(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <TextInput
        data-autofocus
        autoFocus
        variant="unstyled"
        px="sm"
        py={4}
        leftSection={<IconSearch size={16} stroke={1.6} />}
        placeholder={t("palette.placeholder")}
        aria-label={t("palette.placeholder")}
        role="combobox"
        aria-expanded
        aria-controls="palette-results"
        aria-activedescendant={entries[chosen] && `palette-${entries[chosen].key}`}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={press}
      />
      <ScrollArea.Autosize mah="50vh" className="palette-list">
        <div role="listbox" id="palette-results" aria-label={t("palette.results")}>
          {entries.map((entry, index) => (
            <Row
              key={entry.key}
              entry={entry}
              chosen={index === chosen}
              onPoint={() => setPlace(index)}
              onRun={() => run(entry)}
            />
          ))}
        </div>
        {entries.length === 0 && (
          <Text size="sm" c="dimmed" p="md">
            {t("palette.nothing")}
          </Text>
        )}
      </ScrollArea.Autosize>
    </>
  );
}

interface RowProps {
  entry: Entry;
  chosen: boolean;
  onPoint: () => void;
  onRun: () => void;
}

function Row({ entry, chosen, onPoint, onRun }: RowProps) {
  const box = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (chosen) box.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <UnstyledButton
      ref={box}
      id={`palette-${entry.key}`}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      className="palette-row"
      onMouseMove={onPoint}
      onClick={onRun}
    >
      <span className="palette-mark">{entry.mark}</span>
      <Text span size="sm" truncate>
        {entry.label}
      </Text>
      <Text span size="xs" c="dimmed" ml="auto" style={{ whiteSpace: "nowrap" }}>
        {entry.hint}
      </Text>
    </UnstyledButton>
  );
}
