import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "../../parts/Page";
import { PageTabs } from "../../parts/PageTabs";
import { Calendar } from "./calendar/Calendar";
import { type Schedule, schedulesQuery } from "./calls";
import { History } from "./History";
import { ScheduleForm } from "./ScheduleForm";
import { ScheduleList } from "./ScheduleList";
import type { ScheduleSearch } from "./search";

const TABS = ["list", "calendar"] as const;

/** What runs by itself: as a list, and as a calendar of what ran and what will. */
export function SchedulesPage() {
  const { t } = useTranslation();
  const search = useSearch({ strict: false }) as ScheduleSearch;
  const navigate = useNavigate();
  const query = useQuery(schedulesQuery);
  const [form, setForm] = useState<Schedule | "new" | null>(null);
  const shown = query.data?.items.find((one) => one.id === search.history);
  const go = (changes: Partial<ScheduleSearch>, replace = false) =>
    navigate({ to: "/schedules", search: { ...search, ...changes }, replace });
  return (
    <Page title={t("nav.schedules")}>
      <PageTabs
        names={TABS}
        tab={search.tab ?? "list"}
        label={(name) => t(`schedule.tabs.${name}`)}
        onOpen={(name) => go({ tab: name === "calendar" ? name : undefined }, true)}
      >
        {search.tab === "calendar" ? (
          <Calendar search={search} onSearch={go} />
        ) : (
          <ScheduleList onOpen={(history) => go({ history })} onEdit={setForm} />
        )}
      </PageTabs>
      {form && <ScheduleForm schedule={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {shown && <History schedule={shown} onClose={() => go({ history: undefined })} />}
    </Page>
  );
}
