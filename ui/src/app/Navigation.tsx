import { ActionIcon, Box, NavLink, Stack, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconChevronsLeft, IconChevronsRight, IconSearch } from "@tabler/icons-react";
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

/** The bar below the page on a phone. */
export function BottomNavigation({ onPalette }: { onPalette: () => void }) {
  const { t } = useTranslation();
  const places = open(useMay());
  const path = usePath();
  const [first, ...rest] = places;
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
      {rest.map(link)}
    </nav>
  );
}
