import { ActionIcon, Group, Indicator, Menu, Tooltip, useComputedColorScheme } from "@mantine/core";
import { IconBell, IconHelp, IconLanguage, IconLogout, IconMoon, IconSun, IconUser } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../api/queries";
import { LANGUAGES, type Language } from "./i18n";
import { logOut } from "./leave";
import { usePreferences } from "./preferences";

const TROUBLED = ["down", "key_changed", "login_refused", "key_pending"] as const;

/** The right end of the header. */
export function Tools({ troubled, onHelp }: { troubled: number; onHelp: () => void }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Problems count={troubled} />
      <LanguageMenu />
      <ThemeSwitch />
      <AccountMenu onHelp={onHelp} />
    </Group>
  );
}

function Problems({ count }: { count: number }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Tooltip label={t("nav.problems", { count })}>
      <Indicator
        label={count > 99 ? "99+" : count}
        disabled={count === 0}
        color="red.8"
        size={15}
        offset={5}
        styles={{ indicator: { fontSize: 10, fontWeight: 600, padding: "0 4px" } }}
      >
        <ActionIcon
          variant="subtle"
          color="gray"
          size={32}
          aria-label={t("nav.problems", { count })}
          onClick={() => navigate({ to: "/", search: { state: [...TROUBLED] } })}
        >
          <IconBell size={18} stroke={1.6} />
        </ActionIcon>
      </Indicator>
    </Tooltip>
  );
}

function ThemeSwitch() {
  const { t } = useTranslation();
  const dark = useComputedColorScheme("light") === "dark";
  const { keep } = usePreferences();
  const label = t(dark ? "nav.light" : "nav.dark");
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={32}
        aria-label={label}
        onClick={() => keep({ scheme: dark ? "light" : "dark" })}
      >
        {dark ? <IconSun size={18} stroke={1.6} /> : <IconMoon size={18} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}

function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const { keep } = usePreferences();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t("nav.language")}>
          <IconLanguage size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <Menu.Item
            key={code}
            lang={code}
            fw={i18n.language === code ? 600 : 400}
            aria-current={i18n.language === code}
            onClick={() => keep({ language: code as Language })}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const navigate = useNavigate();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t("nav.account", { name: me?.username ?? "" })}>
          <IconUser size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me?.username} · {me && t(`role.${me.role}`)}
        </Menu.Label>
        <Menu.Item leftSection={<IconUser size={15} />} onClick={() => navigate({ to: "/profile" })}>
          {t("nav.profile")}
        </Menu.Item>
        <Menu.Item leftSection={<IconHelp size={15} />} onClick={onHelp} visibleFrom="sm">
          {t("nav.shortcuts")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={logOut}>
          {t("nav.logout")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
