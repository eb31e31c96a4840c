import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ResultMark } from "../states";
import type { ResultState } from "../types";

const SHOWN = 12;

export interface Chip {
  id: number;
  name: string;
  state?: ResultState;
}

interface ChipsProps {
  hosts: readonly Chip[];
  /** Where the name of a host leads: its log in this job. */
  job?: number;
}

/** Names of hosts; the first ones, and all of them when they are asked for. */
export function HostChips({ hosts, job }: ChipsProps) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const shown = all ? hosts : hosts.slice(0, SHOWN);
  const rest = hosts.length - shown.length;
  return (
    <div className="host-chips">
      {shown.map((host) => (
        <span key={host.id} className="host-chip" data-chip={host.name}>
          {host.state && <ResultMark state={host.state} size={10} />}
          {job === undefined ? (
            host.name
          ) : (
            <Link
              to="/jobs/$jobId"
              params={{ jobId: String(job) }}
              search={{ tab: "log", host: host.id }}
              className="quiet-link"
            >
              {host.name}
            </Link>
          )}
        </span>
      ))}
      {rest > 0 && (
        <Anchor component="button" type="button" size="xs" onClick={() => setAll(true)}>
          {t("job.andOthers", { count: rest })}
        </Anchor>
      )}
    </div>
  );
}
