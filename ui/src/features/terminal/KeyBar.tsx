import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { readText } from "./clipboard";
import type { Desk } from "./desk";
import { pasteable } from "./hostile";
import type { Pane } from "./layout";

const LETTERS = ["|", "/", "-", "~"] as const;
const ARROWS = [
  ["←", "D", "left"],
  ["↓", "B", "down"],
  ["↑", "A", "up"],
  ["→", "C", "right"],
] as const;

/** Keys that a phone does not have. Ctrl and Alt hold for the key that follows. */
export function KeyBar({ desk, pane }: { desk: Desk; pane: Pane }) {
  const { t } = useTranslation();
  const [held, setHeld] = useState<"ctrl" | "alt" | null>(null);
  const attachment = desk.of(pane);
  const hold = (key: "ctrl" | "alt") => {
    const next = held === key ? null : key;
    setHeld(next);
    desk.holdKey(next, () => setHeld(null));
  };
  const press = (data: string) => {
    attachment.screen.term.input(data);
    attachment.screen.term.focus();
  };
  const arrow = (letter: string) =>
    press(attachment.screen.term.modes.applicationCursorKeysMode ? `\u001bO${letter}` : `\u001b[${letter}`);
  const paste = async () => {
    const text = await readText();
    if (text) desk.paste(desk.takers(pane.id), () => pasteable(text));
  };
  const key = (label: string, name: string, onPress: () => void, pressed?: boolean) => (
    <UnstyledButton
      key={name}
      className="terminal-key"
      aria-label={name}
      aria-pressed={pressed}
      // the screen keyboard stays where it is
      onPointerDown={(event) => event.preventDefault()}
      onClick={onPress}
    >
      {label}
    </UnstyledButton>
  );
  return (
    <div className="terminal-keys terminal-bar" role="toolbar" aria-label={t("terminal.keys")}>
      {key("Esc", "Esc", () => press("\u001b"))}
      {key("Tab", "Tab", () => press("\t"))}
      {key("Ctrl", "Ctrl", () => hold("ctrl"), held === "ctrl")}
      {key("Alt", "Alt", () => hold("alt"), held === "alt")}
      {ARROWS.map(([sign, letter, name]) => key(sign, t(`terminal.arrow.${name}`), () => arrow(letter)))}
      {LETTERS.map((letter) => key(letter, letter, () => press(letter)))}
      {key("^C", "Ctrl C", () => press("\u0003"))}
      {key(t("terminal.paste"), t("terminal.paste"), paste)}
    </div>
  );
}
