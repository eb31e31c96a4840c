import {
  ActionIcon,
  AppShell,
  Box,
  Burger,
  Group,
  Kbd,
  Menu,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import {
  IconBell,
  IconHelp,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSearch,
  IconServer2,
  IconSettings,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, rememberCsrf } from "../api/client";
import { queryClient, useMe } from "../api/queries";
import { problems } from "../features/fleet/order";
import { feed, useFeedStatus, useFleet } from "../live/hooks";
import { LANGUAGES, type Language, setLanguage } from "./i18n";
import { Palette } from "./Palette";
import { Shortcuts } from "./Shortcuts";

export function Shell() {
  const { t } = useTranslation();
  const [navOpen, nav] = useDisclosure(false);
  const [paletteOpen, palette] = useDisclosure(false);
  const [helpOpen, help] = useDisclosure(false);
  const navigate = useNavigate();
  const { hosts } = useFleet();
  const troubled = problems(hosts.values()).length;
  useTabIcon(troubled);
  useHotkeys([
    ["mod+K", palette.open],
    ["shift+?", help.open],
    ["/", () => document.querySelector<HTMLInputElement>("[data-search]")?.focus()],
  ]);
  useGoKeys({
    f: () => navigate({ to: "/" }),
    s: () => navigate({ to: "/settings/$section", params: { section: "credentials" } }),
  });
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 200, breakpoint: "sm", collapsed: { mobile: !navOpen } }}
      padding="md"
    >
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={navOpen} onClick={nav.toggle} hiddenFrom="sm" size="sm" aria-label={t("nav.menu")} />
            <Link to="/" className="plain-link">
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" width={22} height={22} alt="" />
                <Text fw={650}>Moorline</Text>
              </Group>
            </Link>
          </Group>
          <UnstyledButton
            onClick={palette.open}
            className="card wide-only"
            px="sm"
            py={4}
            w={300}
            aria-label={t("palette.open")}
          >
            <Group justify="space-between" wrap="nowrap">
              <Group gap={8}>
                <IconSearch size={15} />
                <Text size="sm" c="dimmed">
                  {t("palette.open")}
                </Text>
              </Group>
              <Kbd size="xs">Ctrl K</Kbd>
            </Group>
          </UnstyledButton>
          <Tools troubled={troubled} onPalette={palette.open} onHelp={help.open} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onGo={nav.close} />
      </AppShell.Navbar>
      <AppShell.Main>
        <ConnectionBanner />
        <Outlet />
      </AppShell.Main>
      <Palette opened={paletteOpen} onClose={palette.close} />
      <Shortcuts opened={helpOpen} onClose={help.close} />
    </AppShell>
  );
}

function Navigation({ onGo }: { onGo: () => void }) {
  const { t } = useTranslation();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      <NavLink
        component={Link}
        to="/"
        label={t("nav.fleet")}
        leftSection={<IconServer2 size={17} />}
        active={path === "/" || path.startsWith("/hosts")}
        onClick={onGo}
      />
      <Box style={{ flex: 1 }} />
      <NavLink
        component={Link}
        to="/settings/credentials"
        label={t("nav.settings")}
        leftSection={<IconSettings size={17} />}
        active={path.startsWith("/settings")}
        onClick={onGo}
      />
    </>
  );
}

function Tools({ troubled, onPalette, onHelp }: { troubled: number; onPalette: () => void; onHelp: () => void }) {
  const { t, i18n } = useTranslation();
  const { data: me } = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme === "dark" || (colorScheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  const navigate = useNavigate();
  const logOut = async () => {
    await api.POST("/api/v1/logout");
    feed.close();
    rememberCsrf(null);
    queryClient.clear();
    location.assign("/login");
  };
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon variant="subtle" color="gray" hiddenFrom="sm" onClick={onPalette} aria-label={t("palette.open")}>
        <IconSearch size={18} />
      </ActionIcon>
      <Tooltip label={t("nav.problems", { count: troubled })}>
        <ActionIcon
          variant="subtle"
          color={troubled ? "red" : "gray"}
          aria-label={t("nav.problems", { count: troubled })}
          onClick={() =>
            navigate({ to: "/", search: { state: ["down", "key_changed", "login_refused", "key_pending"] } })
          }
        >
          <IconBell size={18} />
          {troubled > 0 && (
            <Text span size="xs" fw={700} ml={1}>
              {troubled}
            </Text>
          )}
        </ActionIcon>
      </Tooltip>
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={() => setColorScheme(dark ? "light" : "dark")}
        aria-label={t(dark ? "nav.light" : "nav.dark")}
      >
        {dark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
      <Menu>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("nav.language")}>
            <IconLanguage size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <Menu.Item key={code} fw={i18n.language === code ? 700 : 400} onClick={() => setLanguage(code as Language)}>
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("nav.account", { name: me?.username })}>
            <IconUser size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{me?.username}</Menu.Label>
          <Menu.Item leftSection={<IconUser size={15} />} onClick={() => navigate({ to: "/profile" })}>
            {t("nav.profile")}
          </Menu.Item>
          <Menu.Item leftSection={<IconHelp size={15} />} onClick={onHelp}>
            {t("nav.shortcuts")}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={15} />} onClick={logOut}>
            {t("nav.logout")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function ConnectionBanner() {
  const { t } = useTranslation();
  const status = useFeedStatus();
  if (status !== "lost") return null;
  return (
    <Text size="sm" mb="sm" px="sm" py={6} className="card" role="status">
      {t("live.lost")}
    </Text>
  );
}

/** `g` and then a letter goes somewhere. */
function useGoKeys(places: Record<string, () => void>) {
  useEffect(() => {
    let armed = 0;
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey || target.closest("input, textarea, select")) return;
      if (event.key === "g") armed = Date.now();
      else if (Date.now() - armed < 1000) {
        places[event.key]?.();
        armed = 0;
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

/** The tab tells the number of problems. */
function useTabIcon(count: number) {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (!link) return;
    const dot = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#c62a2f"/><text x="16" y="23" font-size="20" font-family="sans-serif" font-weight="700" text-anchor="middle" fill="#fff">${Math.min(count, 99)}</text></svg>`;
    link.href = count ? `data:image/svg+xml,${encodeURIComponent(dot)}` : "/icon.svg";
  }, [count]);
}
