import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { useChange } from "../../api/queries";
import { useSentence } from "../../parts/Notices";
import { relaunchJob } from "./calls";
import type { Job } from "./types";

/** Runs a job once more as it was, and goes there. */
export function useRelaunch(): (job: Job, hosts?: "all" | "failed") => void {
  const navigate = useNavigate();
  const sentence = useSentence();
  const relaunch = useChange(relaunchJob, ["jobs"]);
  return (job, hosts = "all") =>
    relaunch.mutate(
      { id: job.id, hosts },
      {
        onSuccess: (made) => navigate({ to: "/jobs/$jobId", params: { jobId: String(made.id) } }),
        onError: (error) =>
          notifications.show({ color: "red", title: job.name, message: sentence(error), autoClose: 10_000 }),
      },
    );
}
