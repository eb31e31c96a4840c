import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { Problem } from "../api/client";
import { meQuery, queryClient, setupQuery } from "../api/queries";
import { auditSearch } from "../features/admin/auditSearch";
import { containerSearch, containersSearch } from "../features/containers/search";
import { filesSearch } from "../features/files/search";
import { fleetSearch } from "../features/fleet/search";
import { hostSearch } from "../features/host/search";
import { jobSearch, jobsSearch, runSearch, templateNewSearch, templatesSearch } from "../features/jobs/search";
import { librarySearch, playbookSearch } from "../features/library/search";
import { keysSearch, onboardSearch } from "../features/onboarding/search";
import { momentSearch, recordingSearch } from "../features/recordings/search";
import { scheduleSearch } from "../features/schedules/search";
import { terminalSearch } from "../features/terminal/search";
import { runsSearch, workflowNewSearch, workflowsSearch } from "../features/workflows/search";
import { Failure } from "./Failure";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Outlet, errorComponent: Failure, notFoundComponent: () => <Failure /> });

const text = (name: string) => (search: Record<string, unknown>) => ({
  [name]: typeof search[name] === "string" ? (search[name] as string) : undefined,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: text("token") as (search: Record<string, unknown>) => { token?: string },
  component: lazyRouteComponent(() => import("../features/auth/SetupPage"), "SetupPage"),
});
const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: text("next") as (search: Record<string, unknown>) => { next?: string },
  component: lazyRouteComponent(() => import("../features/auth/LoginPage"), "LoginPage"),
});
const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite",
  validateSearch: text("token") as (search: Record<string, unknown>) => { token?: string },
  component: lazyRouteComponent(() => import("../features/auth/InvitePage"), "InvitePage"),
});
const register = createRoute({
  getParentRoute: () => root,
  path: "/register",
  component: lazyRouteComponent(() => import("../features/auth/RegisterPage"), "RegisterPage"),
});

const confirm = createRoute({
  getParentRoute: () => root,
  path: "/confirm",
  validateSearch: text("token") as (search: Record<string, unknown>) => { token?: string },
  component: lazyRouteComponent(() => import("../features/notify/ConfirmPage"), "ConfirmPage"),
});

/** Everything behind the login. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  errorComponent: Failure,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      const { needed } = await queryClient.fetchQuery(setupQuery);
      if (needed) throw redirect({ to: "/setup" });
      throw redirect({ to: "/login", search: { next: location.href === "/" ? undefined : location.href } });
    }
  },
});

const fleet = createRoute({
  getParentRoute: () => inside,
  path: "/",
  validateSearch: fleetSearch,
  component: lazyRouteComponent(() => import("../features/fleet/FleetPage"), "FleetPage"),
});
const hostNew = createRoute({
  getParentRoute: () => inside,
  path: "/hosts/new",
  component: lazyRouteComponent(() => import("../features/host-form/HostFormPage"), "NewHostPage"),
});
const hostOnboard = createRoute({
  getParentRoute: () => inside,
  path: "/hosts/onboard",
  validateSearch: onboardSearch,
  component: lazyRouteComponent(() => import("../features/onboarding/OnboardPage"), "OnboardPage"),
});
const keys = createRoute({
  getParentRoute: () => inside,
  path: "/keys",
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => import("../features/onboarding/KeysPage"), "KeysPage"),
});
const host = createRoute({
  getParentRoute: () => inside,
  path: "/hosts/$hostId",
  validateSearch: hostSearch,
  component: lazyRouteComponent(() => import("../features/host/HostPage"), "HostPage"),
});
const hostEdit = createRoute({
  getParentRoute: () => inside,
  path: "/hosts/$hostId/edit",
  component: lazyRouteComponent(() => import("../features/host-form/HostFormPage"), "EditHostPage"),
});
const terminal = createRoute({
  getParentRoute: () => inside,
  path: "/terminal",
  validateSearch: terminalSearch,
  component: lazyRouteComponent(() => import("../features/terminal/TerminalPage"), "TerminalPage"),
});
const recordings = createRoute({
  getParentRoute: () => inside,
  path: "/recordings",
  validateSearch: recordingSearch,
  component: lazyRouteComponent(() => import("../features/recordings/RecordingsPage"), "RecordingsPage"),
});
const recording = createRoute({
  getParentRoute: () => inside,
  path: "/recordings/$recordingId",
  validateSearch: momentSearch,
  component: lazyRouteComponent(() => import("../features/recordings/RecordingPage"), "RecordingPage"),
});
const container = createRoute({
  getParentRoute: () => inside,
  path: "/hosts/$hostId/containers/$containerId",
  validateSearch: containerSearch,
  component: lazyRouteComponent(() => import("../features/containers/ContainerPage"), "ContainerPage"),
});
const containers = createRoute({
  getParentRoute: () => inside,
  path: "/containers",
  validateSearch: containersSearch,
  component: lazyRouteComponent(() => import("../features/containers/ContainersPage"), "ContainersPage"),
});
const files = createRoute({
  getParentRoute: () => inside,
  path: "/files",
  validateSearch: filesSearch,
  component: lazyRouteComponent(() => import("../features/files/FilesPage"), "FilesPage"),
});
const playbooks = createRoute({
  getParentRoute: () => inside,
  path: "/playbooks",
  validateSearch: librarySearch,
  component: lazyRouteComponent(() => import("../features/library/LibraryPage"), "LibraryPage"),
});
const playbook = createRoute({
  getParentRoute: () => inside,
  path: "/playbooks/show",
  validateSearch: playbookSearch,
  component: lazyRouteComponent(() => import("../features/library/PlaybookPage"), "PlaybookPage"),
});
const playbookEdit = createRoute({
  getParentRoute: () => inside,
  path: "/playbooks/edit",
  validateSearch: playbookSearch,
  component: lazyRouteComponent(() => import("../features/library/EditPage"), "EditPage"),
});
const projects = createRoute({
  getParentRoute: () => inside,
  path: "/playbooks/projects",
  component: lazyRouteComponent(() => import("../features/library/ProjectsPage"), "ProjectsPage"),
});
const run = createRoute({
  getParentRoute: () => inside,
  path: "/run",
  validateSearch: runSearch,
  component: lazyRouteComponent(() => import("../features/jobs/run/RunPage"), "RunPage"),
});
const jobs = createRoute({
  getParentRoute: () => inside,
  path: "/jobs",
  validateSearch: jobsSearch,
  component: lazyRouteComponent(() => import("../features/jobs/list/JobsPage"), "JobsPage"),
});
const job = createRoute({
  getParentRoute: () => inside,
  path: "/jobs/$jobId",
  validateSearch: jobSearch,
  component: lazyRouteComponent(() => import("../features/jobs/job/JobPage"), "JobPage"),
});
const templates = createRoute({
  getParentRoute: () => inside,
  path: "/jobs/templates",
  validateSearch: templatesSearch,
  component: lazyRouteComponent(() => import("../features/jobs/templates/TemplatesPage"), "TemplatesPage"),
});
const templateNew = createRoute({
  getParentRoute: () => inside,
  path: "/jobs/templates/new",
  validateSearch: templateNewSearch,
  component: lazyRouteComponent(() => import("../features/jobs/templates/TemplatePage"), "NewTemplatePage"),
});
const template = createRoute({
  getParentRoute: () => inside,
  path: "/jobs/templates/$templateId",
  component: lazyRouteComponent(() => import("../features/jobs/templates/TemplatePage"), "TemplatePage"),
});
const approvals = createRoute({
  getParentRoute: () => inside,
  path: "/jobs/approvals",
  component: lazyRouteComponent(() => import("../features/jobs/templates/ApprovalsPage"), "ApprovalsPage"),
});
const workflows = createRoute({
  getParentRoute: () => inside,
  path: "/workflows",
  validateSearch: workflowsSearch,
  component: lazyRouteComponent(() => import("../features/workflows/WorkflowsPage"), "WorkflowsPage"),
});
const workflowNew = createRoute({
  getParentRoute: () => inside,
  path: "/workflows/new",
  validateSearch: workflowNewSearch,
  component: lazyRouteComponent(() => import("../features/workflows/editor/WorkflowPage"), "NewWorkflowPage"),
});
const workflow = createRoute({
  getParentRoute: () => inside,
  path: "/workflows/$workflowId",
  component: lazyRouteComponent(() => import("../features/workflows/editor/WorkflowPage"), "WorkflowPage"),
});
const workflowRuns = createRoute({
  getParentRoute: () => inside,
  path: "/workflow-runs",
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import("../features/workflows/run/RunsPage"), "RunsPage"),
});
const workflowRun = createRoute({
  getParentRoute: () => inside,
  path: "/workflow-runs/$runId",
  component: lazyRouteComponent(() => import("../features/workflows/run/RunPage"), "RunPage"),
});
const schedules = createRoute({
  getParentRoute: () => inside,
  path: "/schedules",
  validateSearch: scheduleSearch,
  component: lazyRouteComponent(() => import("../features/schedules/SchedulesPage"), "SchedulesPage"),
});
const settingsIndex = createRoute({
  getParentRoute: () => inside,
  path: "/settings",
  component: lazyRouteComponent(() => import("../features/admin/SettingsPages"), "FirstSection"),
});
const settings = createRoute({
  getParentRoute: () => inside,
  path: "/settings/$section",
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import("../features/admin/SettingsPages"), "SettingsPages"),
});
const profile = createRoute({
  getParentRoute: () => inside,
  path: "/profile",
  component: lazyRouteComponent(() => import("../features/profile/ProfilePage"), "ProfilePage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    setup,
    login,
    invite,
    register,
    confirm,
    inside.addChildren([
      fleet,
      hostNew,
      hostOnboard,
      keys,
      host,
      hostEdit,
      terminal,
      recordings,
      recording,
      container,
      containers,
      files,
      playbooks,
      playbook,
      playbookEdit,
      projects,
      run,
      jobs,
      job,
      templates,
      templateNew,
      template,
      approvals,
      workflows,
      workflowNew,
      workflow,
      workflowRuns,
      workflowRun,
      schedules,
      settingsIndex,
      settings,
      profile,
    ]),
  ]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
