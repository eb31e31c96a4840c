import { Group, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Host, HostState } from "../../api/client";
import { COLORS, StateMark } from "../../parts/StateBadge";
import { URGENCY } from "./order";

interface TilesProps {
  hosts: readonly Host[];
  chosen: readonly HostState[];
  onChoose: (states: HostState[]) => void;
}

/** How many hosts are in each state; a click filters. States without hosts are left out but for "up" and "down". */
export function Tiles({ hosts, chosen, onChoose }: TilesProps) {
  const { t } = useTranslation();
  const counts = new Map<HostState, number>();
  for (const host of hosts) counts.set(host.state, (counts.get(host.state) ?? 0) + 1);
  const shown = (
    ["up", "down", ...URGENCY.filter((state) => state !== "up" && state !== "down")] as HostState[]
  ).filter((state) => state === "up" || state === "down" || counts.has(state) || chosen.includes(state));
  const toggle = (state: HostState) =>
    onChoose(chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state]);
  return (
    <nav className="tiles" aria-label={t("fleet.tiles")}>
      <Tile label={t("fleet.all")} count={hosts.length} active={chosen.length === 0} onClick={() => onChoose([])} />
      {shown.map((state) => (
        <Tile
          key={state}
          label={t(`state.${state}`)}
          count={counts.get(state) ?? 0}
          active={chosen.includes(state)}
          color={counts.has(state) ? COLORS[state] : undefined}
          mark={<StateMark state={state} />}
          onClick={() => toggle(state)}
        />
      ))}
    </nav>
  );
}

interface TileProps {
  label: string;
  count: number;
  active: boolean;
  color?: string;
  mark?: React.ReactNode;
  onClick: () => void;
}

function Tile({ label, count, active, color, mark, onClick }: TileProps) {
  return (
    <UnstyledButton className="card tile" aria-pressed={active} onClick={onClick}>
      <Text span fz={20} fw={650} lh={1.2} c={color}>
        {count}
      </Text>
      <Group gap={6} wrap="nowrap">
        {mark}
        <Text span size="xs" c="dimmed" className="nowrap">
          {label}
        </Text>
      </Group>
    </UnstyledButton>
  );
}
