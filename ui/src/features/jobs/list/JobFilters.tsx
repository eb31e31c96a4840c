import { Group, MultiSelect, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay, useMe, usersQuery } from "../../../api/queries";
import { useFleet } from "../../../live/hooks";
import { SearchBox } from "../../../parts/SearchBox";
import { kindsQuery, templatesQuery } from "../calls";
import { JOB_STATES } from "../order";
import { type JobsSearch, SPANS } from "../search";
import type { JobState } from "../types";

interface FiltersProps {
  search: JobsSearch;
  shown: number;
  total: number | undefined;
  /** `typing`: one step of many, not a place to come back to. */
  onChange: (next: Partial<JobsSearch>, typing?: boolean) => void;
}

/** What narrows the list of jobs down, all of it in the address. */
export function JobFilters({ search, shown, total, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { hosts } = useFleet();
  const kinds = useQuery(kindsQuery);
  const templates = useQuery(templatesQuery);
  const users = useQuery({ ...usersQuery, enabled: may("users.manage") });
  const { data: me } = useMe();
  const known = users.data?.items.map((user) => user.username) ?? (me ? [me.username] : []);
  const names = [...new Set(search.by ? [...known, search.by] : known)];
  return (
    <Group gap="xs" className="fleet-filters">
      <SearchBox
        label={t("jobs.search")}
        value={search.q ?? ""}
        onChange={(q) => onChange({ q: q || undefined }, true)}
      />
      <MultiSelect
        size="sm"
        className="fleet-choice job-state"
        clearable
        aria-label={t("jobs.state")}
        placeholder={search.state?.length ? undefined : t("jobs.state")}
        data={JOB_STATES.map((state) => ({ value: state, label: t(`job.state.${state}`) }))}
        value={search.state ?? []}
        onChange={(state) => onChange({ state: state.length ? (state as JobState[]) : undefined })}
      />
      <Choice
        label={t("jobs.kind")}
        options={(kinds.data?.items ?? []).map((kind) => ({
          value: kind.name,
          label: t(`jobKind.${kind.name}`, kind.name),
        }))}
        value={search.kind}
        onChange={(kind) => onChange({ kind })}
      />
      <Choice
        label={t("jobs.template")}
        options={(templates.data?.items ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
        value={search.template?.toString()}
        onChange={(id) => onChange({ template: id ? Number(id) : undefined })}
      />
      <Choice
        label={t("jobs.host")}
        options={[...hosts.values()].map((host) => ({ value: String(host.id), label: host.name }))}
        value={search.host?.toString()}
        onChange={(id) => onChange({ host: id ? Number(id) : undefined })}
      />
      <Choice
        label={t("jobs.who")}
        options={names.map((name) => ({ value: name, label: name }))}
        value={search.by}
        onChange={(by) => onChange({ by })}
      />
      <Choice
        label={t("jobs.when")}
        options={Object.keys(SPANS).map((span) => ({ value: span, label: t(`jobs.span.${span}`) }))}
        value={search.span}
        onChange={(span) => onChange({ span: span as JobsSearch["span"] })}
      />
      {total !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          {t("jobs.shown", { shown, total })}
        </Text>
      )}
    </Group>
  );
}

interface ChoiceProps {
  label: string;
  options: { value: string; label: string }[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function Choice({ label, options, value, onChange }: ChoiceProps) {
  if (options.length === 0) return null;
  return (
    <Select
      size="sm"
      className="job-choice"
      clearable
      searchable={options.length > 8}
      limit={60}
      aria-label={label}
      placeholder={label}
      data={options}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}
