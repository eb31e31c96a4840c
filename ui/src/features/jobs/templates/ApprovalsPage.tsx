import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../api/queries";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { approvalsQuery } from "../../workflows/calls";
import { WorkflowApprovalCard } from "../../workflows/run/ApprovalCard";
import { waitingQuery } from "../calls";
import { JobsTabs } from "../JobsTabs";
import { ApprovalCard } from "./ApprovalCard";

/** Jobs that wait for a second person. */
export function ApprovalsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const query = useQuery(waitingQuery);
  const asked = useQuery(approvalsQuery);
  const jobs = query.data?.items ?? [];
  const approvals = asked.data?.items ?? [];
  return (
    <Page title={t("nav.jobs")}>
      <JobsTabs />
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      {asked.error && <ErrorNote error={asked.error} onRetry={() => asked.refetch()} />}
      {query.isPending && (
        <div className="card">
          <Rows />
        </div>
      )}
      {query.data && asked.data && jobs.length + approvals.length === 0 && (
        <div className="card">
          <Empty title={t("approval.none")}>
            {t(may("jobs.approve") ? "approval.noneText" : "approval.noneForOthers")}
          </Empty>
        </div>
      )}
      {approvals.map((approval) => (
        <WorkflowApprovalCard key={approval.id} approval={approval} />
      ))}
      {jobs.map((job) => (
        <ApprovalCard key={job.id} job={job} />
      ))}
    </Page>
  );
}
