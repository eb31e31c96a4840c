import { Group, Text } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useRef, useState } from "react";
import type { Host } from "../../api/client";
import { Sparkline } from "../../charts/Sparkline";
import { duration, rate } from "../../format/units";
import { Bar } from "../../parts/Bar";
import { OpenTerminal } from "../../parts/OpenTerminal";
import { reasonOf } from "../../parts/reason";
import { StateBadge } from "../../parts/StateBadge";
import { Since } from "../../parts/When";
import type { Eyes } from "./columns";
import { Marked } from "./Marked";
import { isTrouble } from "./order";
import { RowMenu } from "./RowMenu";
import { useRowKeys } from "./rowKeys";

const LEAST = 264;
const GAP = 12;
const HEIGHT = 126;

/** The hosts as cards, as many side by side as fit; only those in sight are drawn. */
export function FleetCards({ hosts, eyes }: { hosts: readonly Host[]; eyes: Eyes }) {
  const { ref: sized, width } = useElementSize();
  const body = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sized, body);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const box = body.current?.getBoundingClientRect();
    if (box) setTop(box.top + scrollY);
  }, []);
  const lanes = Math.max(1, Math.floor((width + GAP) / (LEAST + GAP)));
  const lines = useWindowVirtualizer({
    count: Math.ceil(hosts.length / lanes),
    estimateSize: () => HEIGHT + GAP,
    overscan: 4,
    scrollMargin: top,
    scrollPaddingStart: 56,
  });
  useRowKeys({ hosts, show: (place) => lines.scrollToIndex(Math.floor(place / lanes)) });
  return (
    <div ref={ref} style={{ position: "relative", height: lines.getTotalSize() }}>
      {width > 0 &&
        lines.getVirtualItems().map((line) => (
          <div
            key={line.key}
            className="card-line"
            style={{
              transform: `translateY(${line.start - lines.options.scrollMargin}px)`,
              gridTemplateColumns: `repeat(${lanes}, minmax(0, 1fr))`,
            }}
          >
            {hosts.slice(line.index * lanes, (line.index + 1) * lanes).map((host) => (
              <Card key={host.id} host={host} eyes={eyes} />
            ))}
          </div>
        ))}
    </div>
  );
}

const Card = memo(function Card({ host, eyes }: { host: Host; eyes: Eyes }) {
  const reason = isTrouble(host.state) ? reasonOf(host, eyes.t, eyes.discreet) : "";
  return (
    <div className="card host-card" style={{ height: HEIGHT }} data-host={host.id}>
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Link to="/hosts/$hostId" params={{ hostId: String(host.id) }} className="plain-link row-link">
          <Text span fw={600} size="sm" truncate display="block">
            <Marked text={host.name} words={eyes.words} />
          </Text>
        </Link>
        <Group gap={6} wrap="nowrap">
          <StateBadge state={host.state} />
          <Text span size="xs" c="dimmed" className="nowrap">
            {reason ? <Since at={host.state_since} /> : duration(host.summary.uptime_s, eyes.language, 1)}
          </Text>
          <OpenTerminal host={host} />
          <RowMenu host={host} />
        </Group>
      </Group>
      {reason ? (
        <Text size="sm" lineClamp={3} title={reason}>
          {reason}
        </Text>
      ) : (
        <Readings host={host} eyes={eyes} />
      )}
    </div>
  );
});

function Readings({ host, eyes }: { host: Host; eyes: Eyes }) {
  const { t, rates } = eyes;
  const { summary } = host;
  const shares = [
    ["cpu", summary.cpu_percent],
    ["memory", summary.memory_percent],
    ["disk", summary.disk_percent],
  ] as const;
  return (
    <>
      <div className="host-card-shares">
        {shares.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed" truncate>
              {t(`column.${name}`)}
            </Text>
            <Bar value={value} />
          </div>
        ))}
      </div>
      <Group justify="space-between" wrap="nowrap" gap="xs" fz={12} c="dimmed">
        <Sparkline values={summary.cpu_history ?? []} label={t("fleet.trendOf", { name: host.name })} />
        <span className="nowrap">
          ↓ {rate(summary.net_receive_bytes_per_second, rates)} ↑ {rate(summary.net_transmit_bytes_per_second, rates)}
        </span>
      </Group>
    </>
  );
}
