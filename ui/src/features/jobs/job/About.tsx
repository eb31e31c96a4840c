import { Anchor, Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { bytes, exact } from "../../../format/units";
import { fileOf, filesQuery } from "../calls";
import { sayOf } from "../templates/say";
import type { Job } from "../types";
import { Parameters } from "./Parameters";

/** What was run, as whom, with which answers and limits, and the files that it brought. */
export function About({ job }: { job: Job }) {
  const { t, i18n } = useTranslation();
  const facts: [string, React.ReactNode][] = [
    [t("jobs.kind"), t(`jobKind.${job.kind}`, job.kind)],
    [t("job.asWhom"), job.become?.user ?? t("job.asLogin")],
    [t("job.created"), exact(job.created_at, i18n.language)],
    [t("jobs.column.started"), exact(job.started_at, i18n.language)],
    [t("job.ended"), exact(job.ended_at, i18n.language)],
    [t("jobLimit.parallel"), job.limits.parallel],
    [
      t("job.output"),
      `${bytes(job.output_bytes)}${job.capped ? ` (${t("job.capped", { size: bytes(job.kept_bytes) })})` : ""}`,
    ],
  ];
  if (job.approved_by) facts.push([t("approval.by"), `${job.approved_by}, ${exact(job.approved_at, i18n.language)}`]);
  if (job.hidden_hosts > 0) facts.push([t("job.hidden"), job.hidden_hosts]);
  return (
    <Stack gap="sm">
      <section className="card panel">
        <h2 className="part-title">{t("run.what")}</h2>
        <Code block className="mono">
          {sayOf(job.spec)}
        </Code>
      </section>
      {job.survey.length > 0 && (
        <section className="card panel">
          <h2 className="part-title">{t("job.answersGiven")}</h2>
          <Parameters job={job} />
        </section>
      )}
      <section className="card panel">
        <h2 className="part-title">{t("job.facts")}</h2>
        <dl className="job-facts">
          {facts.map(([name, value]) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {job.template_id !== null && (
            <div style={{ display: "contents" }}>
              <dt>{t("jobs.template")}</dt>
              <dd>
                <Link to="/jobs/templates/$templateId" params={{ templateId: String(job.template_id) }}>
                  {job.template_name}
                </Link>
              </dd>
            </div>
          )}
        </dl>
      </section>
      {job.files > 0 && <Files job={job} />}
    </Stack>
  );
}

function Files({ job }: { job: Job }) {
  const { t } = useTranslation();
  const { data } = useQuery(filesQuery(job.id));
  return (
    <section className="card panel">
      <h2 className="part-title">{t("job.files", { count: job.files })}</h2>
      <Stack gap={4}>
        {(data?.items ?? []).map((file) => (
          <Text key={file.id} size="sm">
            <Anchor href={fileOf(job.id, file.id)} download size="sm">
              {file.name}
            </Anchor>{" "}
            <Text span size="sm" c="dimmed">
              {file.host_name} · {bytes(file.size)} {file.note && `· ${file.note}`}
            </Text>
          </Text>
        ))}
      </Stack>
    </section>
  );
}
