import { Group, SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { SearchBox } from "../../../parts/SearchBox";
import type { JobSearch } from "../search";
import { fitting, HostTable, StateChoice } from "./HostTable";
import { StepGrid } from "./StepGrid";
import { cellKey, type Watched } from "./store";

interface HostsTabProps {
  watched: Watched;
  search: JobSearch;
  phone: boolean;
  onChange: (next: Partial<JobSearch>, typing?: boolean) => void;
}

/** Host by host: a list, or of a playbook the grid of its steps. */
export function HostsTab({ watched, search, phone, onChange }: HostsTabProps) {
  const { t } = useTranslation();
  const { job, hosts, steps, cells } = watched;
  const [asList, setAsList] = useState(phone);
  const states = search.state ?? [];
  const words = search.q ?? "";
  const shown = useMemo(() => fitting(hosts, states, words), [hosts, states, words]);
  const grid = steps.length > 0 && !asList;
  return (
    <>
      <Group gap="xs" justify="space-between">
        <Group gap="xs">
          <SearchBox
            label={t("job.searchHosts")}
            value={words}
            onChange={(q) => onChange({ q: q || undefined }, true)}
          />
          <StateChoice
            hosts={hosts}
            chosen={states}
            onChoose={(state) => onChange({ state: state.length ? state : undefined })}
          />
        </Group>
        {steps.length > 0 && (
          <SegmentedControl
            size="xs"
            aria-label={t("job.view")}
            value={asList ? "list" : "grid"}
            onChange={(view) => setAsList(view === "list")}
            data={[
              { value: "grid", label: t("job.asGrid") },
              { value: "list", label: t("job.asList") },
            ]}
          />
        )}
      </Group>
      {grid ? (
        <StepGrid
          hosts={shown}
          steps={steps}
          cellOf={(hostId, step) => cells.get(cellKey(hostId, step))}
          onOpen={(cell) => onChange({ step: cell.step, at: cell.host_id })}
        />
      ) : (
        <HostTable job={job} hosts={shown} phone={phone} />
      )}
    </>
  );
}
