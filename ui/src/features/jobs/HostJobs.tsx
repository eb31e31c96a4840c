import { Button, Group, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { useMay } from "../../api/queries";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { jobsQuery } from "./calls";
import { CancelDialog } from "./job/CancelDialog";
import { JobsTable } from "./list/JobsTable";
import type { Job } from "./types";
import { useRelaunch } from "./useRelaunch";

/** What ran on one host, and the way to run something there. */
export function HostJobs({ host }: { host: Host }) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const [canceling, setCanceling] = useState<Job | null>(null);
  const again = useRelaunch();
  const query = useInfiniteQuery(jobsQuery({ host: host.id }));
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const run = may("jobs.run") && host.enabled && (
    <Button
      variant="default"
      leftSection={<IconPlayerPlay size={16} />}
      onClick={() => navigate({ to: "/run", search: { host: [host.id] } })}
    >
      {t("run.here")}
    </Button>
  );
  return (
    <>
      {jobs.length > 0 && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {t("jobs.shown", { shown: jobs.length, total: query.data?.pages[0]?.total ?? 0 })}
          </Text>
          {run}
        </Group>
      )}
      {query.error && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      <section className="card scroll-x" aria-label={t("job.ofHost")}>
        {query.isPending && <Rows />}
        {query.data && jobs.length === 0 && (
          <Empty title={t("job.ofHostNone")} action={run}>
            {t("job.ofHostNoneText")}
          </Empty>
        )}
        {jobs.length > 0 && <JobsTable jobs={jobs} onCancel={setCanceling} onRelaunch={again} />}
      </section>
      {query.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {t("jobs.more")}
          </Button>
        </Group>
      )}
      {canceling && <CancelDialog job={canceling} onClose={() => setCanceling(null)} />}
    </>
  );
}
