import { Button, Group } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../api/queries";
import { Empty, ErrorNote, Rows } from "../../../parts/Notices";
import { Page } from "../../../parts/Page";
import { jobsQuery } from "../calls";
import { JobsTabs } from "../JobsTabs";
import { CancelDialog } from "../job/CancelDialog";
import type { JobsSearch } from "../search";
import type { Job } from "../types";
import { useRelaunch } from "../useRelaunch";
import { JobFilters } from "./JobFilters";
import { JobsTable } from "./JobsTable";

const route = getRouteApi("/inside/jobs");

/** What ran, what runs, what waits; newest first. */
export function JobsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [canceling, setCanceling] = useState<Job | null>(null);
  const again = useRelaunch();
  const query = useInfiniteQuery(jobsQuery(search));
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages[0]?.total;
  const filtered = Object.values(search).some((one) => one !== undefined);
  const change = (next: Partial<JobsSearch>, typing = false) =>
    navigate({ search: (before: JobsSearch) => ({ ...before, ...next }), replace: typing });
  const run = may("jobs.run") && (
    <Button component={Link} to="/run" leftSection={<IconPlayerPlay size={16} />}>
      {t("run.start")}
    </Button>
  );
  return (
    <Page title={t("nav.jobs")} actions={run}>
      <JobsTabs />
      {(total !== 0 || filtered) && <JobFilters search={search} shown={jobs.length} total={total} onChange={change} />}
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <div className="card scroll-x">
        {query.isPending && <Rows count={8} />}
        {query.data && jobs.length === 0 && (
          <Empty
            title={t(filtered ? "jobs.nothingFits" : "jobs.none")}
            action={
              filtered ? (
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  {t("fleet.clearFilters")}
                </Button>
              ) : (
                run
              )
            }
          >
            {!filtered && t("jobs.noneText")}
          </Empty>
        )}
        {jobs.length > 0 && <JobsTable jobs={jobs} onCancel={setCanceling} onRelaunch={again} />}
      </div>
      {query.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {t("jobs.more")}
          </Button>
        </Group>
      )}
      {canceling && <CancelDialog job={canceling} onClose={() => setCanceling(null)} />}
    </Page>
  );
}
