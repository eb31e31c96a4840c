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

/** As many as a thumb hits without aiming; the others are behind "More". */
const ON_THE_BAR = 3;

/** The bar below the page on a phone. */
export function BottomNavigation({ onPalette }: { onPalette: () => void }) {
  const { t } = useTranslation();
  const places = open(useMay()).filter((place) => place.where !== "keys");
  const path = usePath();
  const [first, ...rest] = places;
  const shown = rest.length > ON_THE_BAR + 1 ? rest.slice(0, ON_THE_BAR) : rest;
  const more = rest.slice(shown.length);
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
      {shown.map(link)}
      {more.length > 0 && <More places={more} active={more.some((place) => isAt(place, path))} />}
    </nav>
  );
}

/** The places that find no room on the bar. */
function More({ places, active }: { places: readonly Place[]; active: boolean }) {
  const { t } = useTranslation();
  return (
    <Menu position="top-end">
      <Menu.Target>
        <UnstyledButton className="bottom-link" data-active={active || undefined}>
          <IconDots size={20} stroke={1.6} />
          <Text span fz={11}>
            {t("nav.more")}
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {places.map((place) => (
          <Menu.Item
            key={place.name}
            component={Link}
            to={place.to}
            mih={40}
            leftSection={<place.icon size={18} stroke={1.6} />}
          >
            {t(`nav.${place.name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
