import { ActionIcon, Group, SegmentedControl, Slider, Switch, Text, TextInput, Tooltip } from "@mantine/core";
import {
  IconChevronDown,
  IconChevronUp,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBackFilled,
} from "@tabler/icons-react";
import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useKeys } from "../../app/keys";
import { useTaste } from "../terminal/looks";
import { Screen } from "../terminal/screen";
import { type Cast, momentsOf, wordsOf } from "./cast";
import { Player } from "./player";

const SPEEDS = ["0.5", "1", "2", "4", "8", "16"];
const STEP_S = 5;
/** A moment is shown a little after it, so that what was found there stands on the screen. */
const AFTER_S = 0.001;

/** Plays a recording: speed, jumps, search. */
export function Replay({ cast, from }: { cast: Cast; from: number }) {
  const { t } = useTranslation();
  const holder = useRef<HTMLDivElement>(null);
  const player = usePlayer(cast, from, holder);
  useKeys({
    " ": () => (player?.playing ? player.pause() : player?.play()),
    ",": () => player?.seek(player.second - STEP_S),
    ".": () => player?.seek(player.second + STEP_S),
  });
  const second = player?.second ?? 0;
  return (
    <div className="card replay">
      <div className="replay-screen" ref={holder} data-second={second.toFixed(2)} />
      <div className="replay-bar">
        <Act label={t("recording.toStart")} onClick={() => player?.seek(0)}>
          <IconPlayerSkipBackFilled size={14} />
        </Act>
        <Act
          label={t(player?.playing ? "recording.pause" : "recording.play")}
          onClick={() => (player?.playing ? player.pause() : player?.play())}
        >
          {player?.playing ? <IconPlayerPauseFilled size={16} /> : <IconPlayerPlayFilled size={16} />}
        </Act>
        <Slider
          className="replay-time"
          thumbLabel={t("recording.moment")}
          min={0}
          max={Math.max(cast.durationS, 0.01)}
          step={0.01}
          value={second}
          label={clock}
          onChange={(value) => player?.seek(value)}
        />
        <Text size="sm" className="nowrap" data-clock>
          {clock(second)} / {clock(cast.durationS)}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={t("recording.speed")}
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
          value={String(player?.speed ?? 1)}
          onChange={(value) => player?.setSpeed(Number(value))}
        />
        <Switch
          size="sm"
          label={t("recording.skipPauses")}
          checked={player?.skipPauses ?? false}
          onChange={(event) => player?.setSkipping(event.currentTarget.checked)}
        />
        <Finder cast={cast} second={second} onFound={(moment) => player?.seek(moment + AFTER_S)} />
      </div>
    </div>
  );
}

function Act({ label, onClick, children }: { label: string; onClick: () => void; children: React.ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={32} aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** Finds words in what was shown and goes to the moments at which they were. */
function Finder({ cast, second, onFound }: { cast: Cast; second: number; onFound: (moment: number) => void }) {
  const { t } = useTranslation();
  const [sought, setSought] = useState("");
  const words = useMemo(() => wordsOf(cast), [cast]);
  const moments = useMemo(() => momentsOf(cast, words, sought), [cast, words, sought]);
  const go = (forward: boolean) => {
    const next = forward
      ? (moments.find((one) => one > second) ?? moments[0])
      : (moments.findLast((one) => one + 2 * AFTER_S < second) ?? moments.at(-1));
    if (next !== undefined) onFound(next);
  };
  return (
    <Group gap={4} wrap="nowrap">
      <TextInput
        data-search
        w={180}
        aria-label={t("recording.find")}
        placeholder={t("recording.find")}
        value={sought}
        onChange={(event) => setSought(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && go(!event.shiftKey)}
      />
      <Act label={t("terminal.before")} onClick={() => go(false)}>
        <IconChevronUp size={14} />
      </Act>
      <Act label={t("terminal.after")} onClick={() => go(true)}>
        <IconChevronDown size={14} />
      </Act>
      <Text size="xs" c="dimmed" className="nowrap" aria-live="polite">
        {sought && t("recording.found", { count: moments.length })}
      </Text>
    </Group>
  );
}

/** A player on a screen in the element; drawn again as it moves. */
function usePlayer(cast: Cast, from: number, holder: React.RefObject<HTMLDivElement | null>): Player | null {
  const { looks } = useTaste();
  const first = useRef({ looks, from });
  const [player, setPlayer] = useState<Player | null>(null);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const screen = useRef<Screen | null>(null);
  useEffect(() => {
    if (!holder.current) return;
    const shown = new Screen(first.current.looks, {}, { cols: cast.columns, rows: cast.rows });
    screen.current = shown;
    shown.attach(holder.current);
    const made = new Player(
      cast,
      {
        write: (data) => shown.term.write(data),
        // in their place among what is written
        resize: (columns, rows) => shown.term.write("", () => shown.term.resize(columns, rows)),
        reset: () => shown.term.write(Uint8Array.of(0x18), () => shown.term.reset()),
      },
      draw,
    );
    made.seek(first.current.from);
    setPlayer(made);
    if (first.current.from === 0) made.play();
    return () => {
      made.pause();
      shown.dispose();
      screen.current = null;
    };
  }, [cast, holder]);
  useEffect(() => screen.current?.recolour(looks), [looks]);
  return player;
}

/** "1:02:03" */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
