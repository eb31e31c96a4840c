import { Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/queries";
import { approvalsQuery } from "../workflows/calls";
import { waitingQuery } from "./calls";

const TABS = [
  { name: "jobs", to: "/jobs" },
  { name: "templates", to: "/jobs/templates" },
  { name: "workflows", to: "/workflows" },
  { name: "approvals", to: "/jobs/approvals" },
] as const;

/** The parts of this area: what ran, what can be run, what waits for a second person. */
export function JobsTabs() {
  const { t } = useTranslation();
  const may = useMay();
  const { data } = useQuery({ ...waitingQuery, enabled: may("jobs.view") });
  const { data: asked } = useQuery({ ...approvalsQuery, enabled: may("jobs.view") });
  // what one may not decide waits for others
  const waiting =
    (data?.items ?? []).filter((one) => one.may_approve).length +
    (asked?.items ?? []).filter((one) => one.may_decide).length;
  return (
    <nav className="page-tabs" aria-label={t("jobs.parts")}>
      {TABS.map(({ name, to }) => (
        <Link key={name} to={to} className="page-tab" activeOptions={{ exact: true, includeSearch: false }}>
          {t(`jobs.part.${name}`)}
          {name === "approvals" && waiting > 0 && (
            <Badge size="xs" ml={6} variant="filled" color="orange.9" data-waiting={waiting}>
              {waiting}
            </Badge>
          )}
        </Link>
      ))}
    </nav>
  );
}
