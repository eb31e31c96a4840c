import { ActionIcon, Group, Menu, Tooltip, useComputedColorScheme } from "@mantine/core";
import {
  IconEye,
  IconEyeOff,
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Host } from "../api/client";
import { useMe } from "../api/queries";
import { LANGUAGES, type Language } from "./i18n";
import { logOut } from "./leave";
import { Problems } from "./Problems";
import { usePreferences } from "./preferences";

/** The right end of the header. */
export function Tools({ troubled, onHelp }: { troubled: readonly Host[]; onHelp: () => void }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Discretion />
      <Problems troubled={troubled} />
      <LanguageMenu />
      <ThemeSwitch />
      <AccountMenu onHelp={onHelp} />
    </Group>
  );
}

/** While addresses are hidden the header says so, and shows them again. */
function Discretion() {
  const { t } = useTranslation();
  const { kept, keep } = usePreferences();
  if (!kept.discreet) return null;
  return (
    <Tooltip label={t("nav.showAddresses")}>
      <ActionIcon
        variant="light"
        size={32}
        aria-label={t("nav.showAddresses")}
        onClick={() => keep({ discreet: false })}
      >
        <IconEyeOff size={18} stroke={1.6} />
      </ActionIcon>
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
  const { kept, keep } = usePreferences();
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
        <Menu.Item
          leftSection={kept.discreet ? <IconEye size={15} /> : <IconEyeOff size={15} />}
          onClick={() => keep({ discreet: !kept.discreet })}
        >
          {t(kept.discreet ? "nav.showAddresses" : "nav.hideAddresses")}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={onHelp} visibleFrom="sm">
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
