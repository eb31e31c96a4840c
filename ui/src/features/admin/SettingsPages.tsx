import { Tabs } from "@mantine/core";
import { getRouteApi, Link, Navigate } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { useChosenInView } from "../../parts/chosen";
import { Empty } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { ChannelsSection } from "../notify/ChannelsSection";
import { Audit } from "./Audit";
import { Credentials } from "./Credentials";
import { General } from "./General";
import { Groups } from "./Groups";
import { openSections, type Section } from "./sections";
import { Tokens } from "./Tokens";
import { Users } from "./Users";

const PAGES: Record<Section, ComponentType> = {
  credentials: Credentials,
  groups: Groups,
  tokens: Tokens,
  users: Users,
  channels: ChannelsSection,
  audit: Audit,
  general: General,
};
const route = getRouteApi("/inside/settings/$section");

/** The first of the sections that the user may open. */
export function FirstSection() {
  const section = openSections(useMay())[0]?.name ?? "tokens";
  return <Navigate to="/settings/$section" params={{ section }} replace />;
}

export function SettingsPages() {
  const { t } = useTranslation();
  const { section } = route.useParams();
  const open = openSections(useMay());
  const current = open.find((one) => one.name === section);
  const Content = current && PAGES[current.name];
  return (
    <Page
      title={current ? t(`section.${current.name}`) : t("nav.settings")}
      above={current ? [{ label: t("nav.settings"), to: "/settings" }] : []}
    >
      <SectionTabs section={section} names={open.map((one) => one.name)} />
      {Content ? (
        <Content />
      ) : (
        <div className="card">
          <Empty title={t("failure.missing")}>{t("failure.noRight")}</Empty>
        </div>
      )}
    </Page>
  );
}

function SectionTabs({ section, names }: { section: string; names: readonly Section[] }) {
  const { t } = useTranslation();
  const list = useChosenInView(section);
  return (
    <Tabs value={section}>
      <div className="scroll-x" ref={list}>
        <Tabs.List style={{ flexWrap: "nowrap" }}>
          {names.map((name) => (
            <Tabs.Tab
              key={name}
              value={name}
              renderRoot={(props) => <Link to="/settings/$section" params={{ section: name }} {...props} />}
            >
              {t(`section.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </div>
    </Tabs>
  );
}
