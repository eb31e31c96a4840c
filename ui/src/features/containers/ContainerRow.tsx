import { Checkbox, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Sparkline } from "../../charts/Sparkline";
import { bytes, megas, percent } from "../../format/units";
import { Since } from "../../parts/When";
import { Marked } from "../fleet/Marked";
import { ContainerState } from "./ContainerState";
import { DeedMenu } from "./DeedMenu";
import type { Container, Deed } from "./types";

export interface RowProps {
  container: Container;
  words: string;
  /** Its host has a column. */
  hosts: boolean;
  /** It stands below the name of its project. */
  inGroup: boolean;
  trend: readonly number[];
  rates: "bits" | "bytes";
  selectable: boolean;
  selected: boolean;
  onSelect: (container: Container) => void;
  onDeed: (container: Container, deed: Deed) => void;
}

export const ContainerRow = memo(
  function ContainerRow(props: RowProps) {
    const { container: one, words, hosts, inGroup, trend, rates, selectable, selected, onSelect, onDeed } = props;
    const { t } = useTranslation();
    const { figures } = one;
    return (
      <tr data-container={one.name} data-selected={selected || undefined} data-stale={one.stale || undefined}>
        <td data-label="" style={{ paddingLeft: inGroup ? 22 : undefined }}>
          <div className="container-name">
            {selectable && (
              <Checkbox
                size="xs"
                aria-label={t("fleet.select", { name: one.name })}
                checked={selected}
                onChange={() => onSelect(one)}
              />
            )}
            <Link
              to="/hosts/$hostId/containers/$containerId"
              params={{ hostId: String(one.host_id), containerId: one.id }}
              className="plain-link row-link"
            >
              <Text span size="sm" fw={550} truncate display="block" title={one.name}>
                <Marked text={one.name} words={words} />
              </Text>
            </Link>
          </div>
        </td>
        <td data-label={t("container.column.state")}>
          <ContainerState container={one} />
        </td>
        {hosts && (
          <td data-label={t("container.column.host")}>
            <Link
              to="/hosts/$hostId"
              params={{ hostId: String(one.host_id) }}
              search={{ tab: "containers" }}
              className="plain-link row-link"
            >
              <Text span size="sm" truncate display="block">
                <Marked text={one.host_name} words={words} />
              </Text>
            </Link>
          </td>
        )}
        <td data-label={t("container.column.image")}>
          <Text span size="sm" truncate display="block" c="dimmed" title={one.image}>
            <Marked text={one.image} words={words} />
          </Text>
        </td>
        <td className="num" data-label={t("container.column.cpu")}>
          {figures?.cpu_percent != null && (
            <span className="container-cpu">
              <Sparkline
                values={trend}
                most={Math.max(100, ...trend)}
                label={t("container.trendOf", { name: one.name })}
              />
              <span>{percent(figures.cpu_percent)}</span>
            </span>
          )}
        </td>
        <td className="num" data-label={t("container.column.memory")}>
          {figures?.memory_bytes != null && <Memory container={one} />}
        </td>
        <td className="num" data-label={t("container.column.network")}>
          {figures?.net_receive_bytes_per_second != null && (
            <span title={t("container.inOut")}>
              {megas(figures.net_receive_bytes_per_second, rates)}
              <span className="quiet"> / </span>
              {megas(figures.net_transmit_bytes_per_second, rates)}
            </span>
          )}
        </td>
        <td data-label={t("container.column.ports")}>
          <Ports container={one} />
        </td>
        <td className="num" data-label={t("container.column.uptime")}>
          {one.state === "running" && one.started_at && <Since at={one.started_at} />}
        </td>
        <td className="menu-cell row-actions-cell">
          <span className="row-actions">
            <DeedMenu container={one} onDeed={(deed) => onDeed(one, deed)} />
          </span>
        </td>
      </tr>
    );
  },
  (a, b) =>
    a.container === b.container &&
    a.words === b.words &&
    a.selected === b.selected &&
    a.hosts === b.hosts &&
    a.inGroup === b.inGroup &&
    a.rates === b.rates,
);

function Memory({ container: { figures } }: { container: Container }) {
  const share = figures?.memory_percent ?? null;
  return (
    <span className="container-memory" title={share === null ? undefined : `${percent(share)} %`}>
      {share !== null && <span className="container-memory-fill" style={{ width: `${Math.min(100, share)}%` }} />}
      <span>{bytes(figures?.memory_bytes)}</span>
    </span>
  );
}

const PORTS = 3;

function Ports({ container: { ports } }: { container: Container }) {
  const open = ports.filter((port) => port.public !== null);
  const words = [
    ...new Set(
      open.map((port) => `${port.public}→${port.private}${port.protocol === "tcp" ? "" : `/${port.protocol}`}`),
    ),
  ];
  if (words.length === 0) return null;
  const rest = words.length - PORTS;
  return (
    <Text span size="xs" className="mono" title={words.join("\n")}>
      {words.slice(0, PORTS).join(" ")}
      {rest > 0 && ` +${rest}`}
    </Text>
  );
}
