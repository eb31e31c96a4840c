import { Tabs } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { Empty } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { Audit } from "./Audit";
import { Credentials } from "./Credentials";
import { General } from "./General";
import { Groups } from "./Groups";
import { SECTIONS, type Section } from "./sections";
import { Tokens } from "./Tokens";
import { Users } from "./Users";

const PAGES: Record<Section, ComponentType> = {
  credentials: Credentials,
  groups: Groups,
  tokens: Tokens,
  users: Users,
  audit: Audit,
  general: General,
};
const route = getRouteApi("/inside/settings/$section");

export function SettingsPages() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { section } = route.useParams();
  const open = SECTIONS.filter((one) => may(one.permission));
  const current = open.find((one) => one.name === section);
  const Content = current && PAGES[current.name];
  return (
    <Page title={t("nav.settings")}>
      <Tabs
        value={section}
        onChange={(next) => navigate({ to: "/settings/$section", params: { section: next ?? "" } })}
      >
        <div className="scroll-x">
          <Tabs.List style={{ flexWrap: "nowrap" }}>
            {open.map(({ name }) => (
              <Tabs.Tab key={name} value={name}>
                {t(`section.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </div>
      </Tabs>
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
