import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../api/queries";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { waitingQuery } from "../calls";
import { JobsTabs } from "../JobsTabs";
import { ApprovalCard } from "./ApprovalCard";

/** Jobs that wait for a second person. */
export function ApprovalsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const query = useQuery(waitingQuery);
  const jobs = query.data?.items ?? [];
  return (
    <Page title={t("nav.jobs")}>
      <JobsTabs />
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      {query.isPending && (
        <div className="card">
          <Rows />
        </div>
      )}
      {query.data && jobs.length === 0 && (
        <div className="card">
          <Empty title={t("approval.none")}>
            {t(may("jobs.approve") ? "approval.noneText" : "approval.noneForOthers")}
          </Empty>
        </div>
      )}
      {jobs.map((job) => (
        <ApprovalCard key={job.id} job={job} />
      ))}
    </Page>
  );
}
