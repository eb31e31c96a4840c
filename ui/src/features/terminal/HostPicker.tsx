import { Button, Checkbox, Group, Modal, ScrollArea, Switch, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { useDiscreet } from "../../app/preferences";
import { useFleet } from "../../live/hooks";
import { StateMark } from "../../parts/StateBadge";
import type { Ask } from "./layout";

interface PickerProps {
  onClose: () => void;
  onPick: (hostIds: number[], ask: Ask) => void;
}

const SHOWN = 200;
const MOST = 40;

/** Which host a terminal is opened on; several at once with their boxes. */
export function HostPicker({ onClose, onPick }: PickerProps) {
  const { t } = useTranslation();
  const discreet = useDiscreet();
  const { hosts } = useFleet();
  const [words, setWords] = useState("");
  const [root, setRoot] = useState(false);
  const [place, setPlace] = useState(0);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const found = useMemo(() => fitting([...hosts.values()], words), [hosts, words]);
  const at = Math.min(place, found.length - 1);
  const open = (ids: number[]) => ids.length > 0 && onPick(ids, { kind: root ? "root" : "shell" });
  const toggle = (id: number) => {
    const next = new Set(chosen);
    if (!next.delete(id) && next.size < MOST) next.add(id);
    setChosen(next);
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const here = found[at];
    if (event.key === "ArrowDown") setPlace(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setPlace(Math.max(at - 1, 0));
    else if (event.key === "Enter") open(chosen.size > 0 ? [...chosen] : here ? [here.id] : []);
    else if (event.key === " " && event.ctrlKey && here) toggle(here.id);
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("terminal.pick")}
      size={520}
      yOffset="10vh"
      centered={false}
      returnFocus={false}
    >
      <TextInput
        data-autofocus
        ref={takeFocus}
        leftSection={<IconSearch size={15} />}
        placeholder={t("terminal.pickWords")}
        aria-label={t("terminal.pickWords")}
        role="combobox"
        aria-expanded
        aria-controls="terminal-hosts"
        aria-activedescendant={found[at] && `terminal-host-${found[at].id}`}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={press}
      />
      <ScrollArea.Autosize mah="46vh" mt="xs" type="auto">
        <div role="listbox" id="terminal-hosts" aria-label={t("terminal.pick")} aria-multiselectable>
          {found.map((host, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keyboard
            // biome-ignore lint/a11y/useFocusableInteractive: the field above has the keyboard
            <div
              key={host.id}
              id={`terminal-host-${host.id}`}
              role="option"
              aria-selected={chosen.size > 0 ? chosen.has(host.id) : index === at}
              className="terminal-option"
              data-at={index === at || undefined}
              onClick={() => open([host.id])}
            >
              <Checkbox
                size="xs"
                tabIndex={-1}
                aria-label={t("terminal.choose", { name: host.name })}
                checked={chosen.has(host.id)}
                onClick={(event) => event.stopPropagation()}
                onChange={() => toggle(host.id)}
              />
              <StateMark state={host.state} />
              <Text span size="sm" truncate style={{ flex: 1 }}>
                {host.name}
              </Text>
              <Text span size="xs" c="dimmed" truncate>
                {discreet(host.address)}
              </Text>
            </div>
          ))}
        </div>
        {found.length === 0 && (
          <Text size="sm" c="dimmed" p="sm">
            {t("terminal.noHost")}
          </Text>
        )}
      </ScrollArea.Autosize>
      <Group justify="space-between" mt="sm">
        <Switch
          size="sm"
          label={t("terminal.asRoot")}
          checked={root}
          onChange={(event) => setRoot(event.currentTarget.checked)}
        />
        {chosen.size > 0 ? (
          <Button onClick={() => open([...chosen])}>{t("terminal.openMany", { count: chosen.size })}</Button>
        ) : (
          <Text size="xs" c="dimmed" className="wide-only">
            {t("terminal.pickKeys")}
          </Text>
        )}
      </Group>
    </Modal>
  );
}

/** At once: the dialog's own way waits a moment, and what is typed meanwhile would go to a shell. */
const takeFocus = (field: HTMLInputElement | null) => field?.focus();

function fitting(hosts: Host[], words: string): Host[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, address, tags }: Host) =>
    parts.every((part) => `${name} ${address} ${tags.join(" ")}`.toLowerCase().includes(part));
  const rank = (host: Host) => (host.state === "up" ? 0 : host.enabled ? 1 : 2);
  return hosts
    .filter(fits)
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, SHOWN);
}
