import { ActionIcon, Box, Menu, NavLink, Stack, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconChevronsLeft, IconChevronsRight, IconDots, IconSearch } from "@tabler/icons-react";
import { Link, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/queries";
import { isAt, open, type Place } from "./places";

const usePath = () => useRouterState({ select: (state) => state.location.pathname });

/** The left side of a wide window; narrow, it shows icons alone. */
export function SideNavigation({ narrow, onToggle }: { narrow: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  const places = open(useMay());
  const path = usePath();
  const link = (place: Place) => (
    <Tooltip key={place.name} label={t(`nav.${place.name}`)} position="right" disabled={!narrow} openDelay={0}>
      <NavLink
        component={Link}
        to={place.to}
        label={narrow ? undefined : t(`nav.${place.name}`)}
        aria-label={t(`nav.${place.name}`)}
        leftSection={<place.icon size={18} stroke={1.6} />}
        active={isAt(place, path)}
        className="nav-link"
        data-narrow={narrow || undefined}
      />
    </Tooltip>
  );
  return (
    <>
      <Stack gap={2}>{places.filter((place) => place.where === "top").map(link)}</Stack>
      <Box style={{ flex: 1 }} />
      <Stack gap={2}>{places.filter((place) => place.where === "bottom").map(link)}</Stack>
      <ActionIcon
        variant="subtle"
        color="gray"
        mt="xs"
        ml={narrow ? 4 : "auto"}
        onClick={onToggle}
        aria-label={t(narrow ? "nav.widen" : "nav.narrow")}
        aria-expanded={!narrow}
      >
        {narrow ? <IconChevronsRight size={16} /> : <IconChevronsLeft size={16} />}
      </ActionIcon>
    </>
  );
}

/** As many as a thumb tells apart on a phone; the others are behind one more. */
const BESIDE_PALETTE = 3;

/** The bar below the page on a phone. */
export function BottomNavigation({ onPalette }: { onPalette: () => void }) {
  const { t } = useTranslation();
  const places = open(useMay()).filter((place) => place.where !== "keys");
  const path = usePath();
  const [first, ...rest] = places;
  const room = rest.length > BESIDE_PALETTE ? BESIDE_PALETTE - 1 : BESIDE_PALETTE;
  const link = (place: Place) => (
    <Link
      key={place.name}
      to={place.to}
      className="bottom-link"
      data-active={isAt(place, path) || undefined}
      aria-current={isAt(place, path) ? "page" : undefined}
    >
      <place.icon size={20} stroke={1.6} />
      <Text span fz={11}>
        {t(`nav.${place.name}`)}
      </Text>
    </Link>
  );
  return (
    <nav className="bottom-bar" aria-label={t("nav.main")}>
      {first && link(first)}
      <UnstyledButton className="bottom-link" onClick={onPalette}>
        <IconSearch size={20} stroke={1.6} />
        <Text span fz={11}>
          {t("palette.short")}
        </Text>
      </UnstyledButton>
      {rest.slice(0, room).map(link)}
      {rest.length > room && <More places={rest.slice(room)} path={path} />}
    </nav>
  );
}

function More({ places, path }: { places: readonly Place[]; path: string }) {
  const { t } = useTranslation();
  const here = places.find((place) => isAt(place, path));
  const Icon = here?.icon ?? IconDots;
  return (
    <Menu position="top-end" width={220}>
      <Menu.Target>
        <UnstyledButton className="bottom-link" data-active={here !== undefined || undefined}>
          <Icon size={20} stroke={1.6} />
          <Text span fz={11}>
            {t(here ? `nav.${here.name}` : "nav.more")}
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {places.map((place) => (
          <Menu.Item
            key={place.name}
            component={Link}
            to={place.to}
            mih={44}
            leftSection={<place.icon size={18} stroke={1.6} />}
            aria-current={place === here ? "page" : undefined}
          >
            {t(`nav.${place.name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
