import { useTranslation } from "react-i18next";
import { useFleet } from "../../../live/hooks";
import type { Job, Question } from "../types";

/** What was answered before the launch; secrets are only said to be there. */
export function Parameters({ job }: { job: Pick<Job, "survey" | "params" | "secret_params"> }) {
  const { t } = useTranslation();
  const { hosts } = useFleet();
  const asked = (job.survey as Question[]).filter(({ name }) => name in job.params || job.secret_params.includes(name));
  if (asked.length === 0) return null;
  const said = ({ name, type }: Question): string => {
    if (job.secret_params.includes(name)) return t("job.secretSet");
    const value = job.params[name];
    return type === "host" ? (hosts.get(Number(value))?.name ?? `#${value}`) : String(value);
  };
  return (
    <dl className="job-facts">
      {asked.map((question) => (
        <div key={question.name} style={{ display: "contents" }}>
          <dt>{question.label || question.name}</dt>
          <dd className={question.multiline ? "mono" : undefined} style={{ whiteSpace: "pre-wrap" }}>
            {said(question)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
