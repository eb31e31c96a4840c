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

/** The parts of the settings. Each is a page, so these are links and not tabs. */
function SectionTabs({ section, names }: { section: string; names: readonly Section[] }) {
  const { t } = useTranslation();
  const strip = useChosenInView<HTMLElement>(section);
  return (
    <nav className="page-tabs" aria-label={t("nav.settings")} ref={strip}>
      {names.map((name) => (
        <Link
          key={name}
          to="/settings/$section"
          params={{ section: name }}
          className="page-tab"
          data-chosen={name === section || undefined}
        >
          {t(`section.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
