import { Button, Skeleton, Stack } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty, ErrorNote } from "../../../parts/Notices";
import { PageTabs } from "../../../parts/PageTabs";
import { useTitle } from "../../../parts/title";
import { useNamedSteps } from "../init/useInit";
import { WORK } from "../run/draft";
import { JOB_TABS, type JobSearch, type JobTab } from "../search";
import { ApprovalCard } from "../templates/ApprovalCard";
import type { Job } from "../types";
import { About } from "./About";
import { EventDrawer } from "./EventDrawer";
import { Grouped } from "./Grouped";
import { HostsTab } from "./HostsTab";
import { JobHeader } from "./JobHeader";
import { LogTab } from "./LogTab";
import { Stats } from "./Stats";
import type { Watched } from "./store";
import { LinkContext, useJob } from "./useJob";

const route = getRouteApi("/inside/jobs/$jobId");

/** One run: how it goes, on each host, live. */
export function JobPage() {
  const { t } = useTranslation();
  const { jobId } = route.useParams();
  const { link, watched, error, gone, retry } = useJob(Number(jobId));
  useTitle(watched?.job.name ?? "");
  if (gone)
    return (
      <div className="card">
        <Empty
          order={1}
          title={t("job.missing")}
          action={
            <Button component={Link} to="/jobs">
              {t("job.toList")}
            </Button>
          }
        >
          {t("job.missingText")}
        </Empty>
      </div>
    );
  if (error && !watched) return <ErrorNote error={error} onRetry={retry} />;
  if (!watched) return <Shape />;
  return (
    <LinkContext value={link}>
      <Content key={watched.job.id} watched={watched} />
    </LinkContext>
  );
}

/** The page before the job is known. */
function Shape() {
  return (
    <Stack gap="md" aria-busy>
      <Skeleton height={28} width={280} />
      <Skeleton height={8} />
      <Skeleton height={36} />
      <Skeleton height={240} />
    </Stack>
  );
}

/** What one wants to see first: what hosts said, of one host alone its log, of a playbook how its steps go. */
const firstTab = (job: Job): JobTab => (job.kind in WORK ? (job.hosts > 1 ? "grouped" : "log") : "hosts");

function Content({ watched }: { watched: Watched }) {
  const { t } = useTranslation();
  const { job, hosts, cells } = watched;
  const steps = useNamedSteps(job.kind, watched.steps);
  const search = route.useSearch();
  const go = route.useNavigate();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const tab = search.tab ?? firstTab(job);
  const change = (next: Partial<JobSearch>, typing = false) =>
    go({ search: (before: JobSearch) => ({ ...before, ...next }), replace: typing });
  const open = (next: JobTab) => change({ tab: next, q: undefined, state: undefined });
  return (
    <Stack gap="sm">
      <JobHeader job={job} hosts={hosts} />
      {job.state === "waiting_approval" && <ApprovalCard job={job} />}
      <PageTabs names={JOB_TABS} tab={tab} label={(name) => t(`job.tab.${name}`)} onOpen={open}>
        {tab === "grouped" && <Grouped job={job} hosts={hosts} />}
        {tab === "hosts" && (
          <HostsTab watched={{ ...watched, steps }} search={search} phone={phone} onChange={change} />
        )}
        {tab === "log" && <LogTab watched={watched} search={search} onChange={change} />}
        {tab === "stats" && <Stats job={job} hosts={hosts} steps={steps} cells={cells.values()} />}
        {tab === "about" && <About job={job} />}
      </PageTabs>
      {search.step !== undefined && search.at !== undefined && (
        <EventDrawer
          jobId={job.id}
          step={search.step}
          title={steps.find((one) => one.key === search.step)?.name}
          hostId={search.at}
          hostName={hosts.find((one) => one.host_id === search.at)?.name ?? ""}
          onClose={() => change({ step: undefined, at: undefined })}
        />
      )}
    </Stack>
  );
}
