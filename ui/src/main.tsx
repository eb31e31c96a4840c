import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "uplot/dist/uPlot.min.css";
import "./app/base.css";
import "./app/narrow.css";
import "./app/shell.css";
import "./features/containers/containers.css";
import "./features/files/files.css";
import "./features/jobs/jobs.css";
import "./features/schedules/schedules.css";
import "./features/workflows/workflows.css";
import "./app/i18n";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { router } from "./app/router";
import { theme, variables } from "./app/theme";

/** Notifications stand within the router, as they may hold links. */
function WithNews({ children }: { children: ReactNode }) {
  return (
    <>
      <Notifications position="top-right" />
      {children}
    </>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} InnerWrap={WithNews} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}
