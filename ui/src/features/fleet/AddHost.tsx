import { Button, Menu, Text } from "@mantine/core";
import { IconChevronDown, IconFileImport, IconKey, IconLock, IconPlus, IconRefresh } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** How a host comes in depends on what one has of it: a password, a key that is in place, or a list. */
export function AddHost() {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={340}>
      <Menu.Target>
        <Button leftSection={<IconPlus size={16} />} rightSection={<IconChevronDown size={14} />}>
          {t("fleet.add")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/hosts/onboard" leftSection={<IconLock size={16} />}>
          <Said title={t("fleet.byPassword")}>{t("fleet.byPasswordText")}</Said>
        </Menu.Item>
        <Menu.Item component={Link} to="/hosts/new" leftSection={<IconKey size={16} />}>
          <Said title={t("fleet.byKey")}>{t("fleet.byKeyText")}</Said>
        </Menu.Item>
        <Menu.Item
          renderRoot={(props) => <Link to="/hosts/onboard" search={{ from: "file" }} {...props} />}
          leftSection={<IconFileImport size={16} />}
        >
          <Said title={t("fleet.byFile")}>{t("fleet.byFileText")}</Said>
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item component={Link} to="/keys" leftSection={<IconRefresh size={16} />}>
          <Said title={t("rotation.title")}>{t("fleet.changeKeysText")}</Said>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Said({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <Text size="sm">{title}</Text>
      <Text size="xs" c="dimmed">
        {children}
      </Text>
    </>
  );
}
