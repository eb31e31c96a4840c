import { ActionIcon, Indicator, Menu, Text } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Host } from "../api/client";
import { ordered, TROUBLED } from "../features/fleet/order";
import { reasonOf } from "../parts/reason";
import { StateMark } from "../parts/StateBadge";
import { Since } from "../parts/When";
import { useDiscreet } from "./preferences";

const NAMED = 8;

/** The bell: how many hosts need somebody, and which, since when and why. */
export function Problems({ troubled }: { troubled: readonly Host[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const count = troubled.length;
  const label = t("nav.problems", { count });
  const first = ordered(troubled, "state").slice(0, NAMED);
  return (
    <Indicator
      label={count > 99 ? "99+" : count}
      disabled={count === 0}
      color="red.8"
      size={15}
      offset={6}
      zIndex={1}
      styles={{ indicator: { fontSize: 10, fontWeight: 600, padding: "0 4px", pointerEvents: "none" } }}
    >
      <Menu position="bottom-end" width={400}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={32} aria-label={label} title={label}>
            <IconBell size={18} stroke={1.6} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown maw="calc(100vw - 24px)">
          <Menu.Label>{label}</Menu.Label>
          {first.map((host) => (
            <Problem
              key={host.id}
              host={host}
              onOpen={() => navigate({ to: "/hosts/$hostId", params: { hostId: String(host.id) } })}
            />
          ))}
          {count > 0 && (
            <>
              <Menu.Divider />
              <Menu.Item onClick={() => navigate({ to: "/", search: { state: [...TROUBLED] } })}>
                {t("nav.allProblems", { count })}
              </Menu.Item>
            </>
          )}
          {count === 0 && (
            <Text size="sm" px="sm" pb="xs" c="dimmed">
              {t("nav.noProblems")}
            </Text>
          )}
        </Menu.Dropdown>
      </Menu>
    </Indicator>
  );
}

function Problem({ host, onOpen }: { host: Host; onOpen: () => void }) {
  const { t } = useTranslation();
  const discreet = useDiscreet();
  return (
    <Menu.Item leftSection={<StateMark state={host.state} />} onClick={onOpen}>
      <Text span size="sm" fw={550}>
        {host.name}
      </Text>{" "}
      <Text span size="xs" c="dimmed">
        {t(`state.${host.state}`)} · <Since at={host.state_since} />
      </Text>
      <Text size="xs" c="dimmed" lineClamp={2}>
        {reasonOf(host, t, discreet)}
      </Text>
    </Menu.Item>
  );
}
