import { Group, SimpleGrid, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../../live/hooks";
import { Empty } from "../../../parts/Notices";
import { lengthOf, spanOf } from "../order";
import { ResultMark } from "../states";
import type { Job, JobHost } from "../types";
import { type Cell, type Step, slowest } from "./steps";

const SHOWN = 20;

interface StatsProps {
  job: Job;
  hosts: readonly JobHost[];
  steps: readonly Step[];
  cells: Iterable<Cell>;
}

/** Where the time went: the slowest steps, and the slowest hosts. */
export function Stats({ job, hosts, steps, cells }: StatsProps) {
  const { t } = useTranslation();
  const now = useNow(job.ended_at ? 60_000 : 2000);
  const times = useMemo(() => slowest(steps, cells), [steps, cells]);
  const lengths = hosts
    .flatMap((host) => {
      const length = lengthOf(host.started_at, host.ended_at, now);
      return length === null ? [] : [{ host, length }];
    })
    .sort((a, b) => b.length - a.length);
  if (lengths.length === 0)
    return (
      <div className="card">
        <Empty title={t("job.noStats")}>{t("job.noStatsText")}</Empty>
      </div>
    );
  const all = lengths.map((one) => one.length);
  return (
    <>
      <Figures lengths={all} />
      <SimpleGrid cols={{ base: 1, md: times.length ? 2 : 1 }} spacing="sm">
        {times.length > 0 && (
          <Part title={t("job.slowestSteps")}>
            {times.slice(0, SHOWN).map((time) => (
              <Line
                key={time.step.key}
                label={time.step.name}
                note={t("job.stepNote", { hosts: time.hosts, changed: time.changed, failed: time.failed })}
                value={time.longest_s}
                most={times[0]?.longest_s ?? 0}
              />
            ))}
          </Part>
        )}
        <Part title={t("job.slowestHosts")}>
          {lengths.slice(0, SHOWN).map(({ host, length }) => (
            <Line
              key={host.host_id}
              label={
                <Link
                  to="/jobs/$jobId"
                  params={{ jobId: String(job.id) }}
                  search={{ tab: "log", host: host.host_id }}
                  className="quiet-link"
                >
                  <ResultMark state={host.state} size={10} /> {host.name}
                </Link>
              }
              value={length}
              most={all[0] ?? 0}
            />
          ))}
        </Part>
      </SimpleGrid>
    </>
  );
}

/** The middle, the slow tenth and the longest. */
function Figures({ lengths }: { lengths: readonly number[] }) {
  const { t, i18n } = useTranslation();
  const at = (share: number) => lengths[Math.min(lengths.length - 1, Math.floor((1 - share) * lengths.length))] ?? 0;
  const shown = [
    ["median", at(0.5)],
    ["tenth", at(0.9)],
    ["longest", lengths[0] ?? 0],
  ] as const;
  return (
    <Group gap="xl" className="card" px="md" py="xs">
      {shown.map(([name, value]) => (
        <Text key={name} size="sm">
          <Text span c="dimmed" size="sm">
            {t(`job.length.${name}`)}
          </Text>{" "}
          {spanOf(value, i18n.language)}
        </Text>
      ))}
    </Group>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="card" style={{ padding: "10px 12px" }}>
      <h2 className="part-title">{title}</h2>
      <div className="stat-lines">{children}</div>
    </section>
  );
}

function Line({ label, note, value, most }: { label: React.ReactNode; note?: string; value: number; most: number }) {
  const { i18n } = useTranslation();
  return (
    <div className="stat-line">
      <span className="stat-label">
        {label}
        {note && (
          <Text span size="xs" c="dimmed" ml={8}>
            {note}
          </Text>
        )}
      </span>
      <span>
        <span className="stat-bar" style={{ width: `${most > 0 ? Math.max(1, (value / most) * 100) : 0}%` }} />
      </span>
      <span className="num">{spanOf(value, i18n.language)}</span>
    </div>
  );
}
