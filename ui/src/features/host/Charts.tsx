import { SimpleGrid, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { specsQuery } from "../../api/queries";
import { type Line, withGaps } from "../../charts/data";
import type { Mark } from "../../charts/plot";
import { TimeChart } from "../../charts/TimeChart";
import { Empty, ErrorNote } from "../../parts/Notices";
import { chartsOf, PANELS, type Panel, type PlainSeries } from "./panels";
import type { Tab } from "./search";
import type { Shown } from "./useSeries";

interface ChartsProps {
  shown: Shown;
  tab: Tab;
  counts: (instance: string) => boolean;
  marks: readonly Mark[];
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

export function Charts({ shown, tab, counts, marks, onZoom, onReset }: ChartsProps) {
  const { t } = useTranslation();
  const { data: specs } = useQuery(specsQuery);
  const units = useMemo(() => new Map(specs?.items.map((spec) => [spec.name, spec])), [specs]);
  if (shown.error) return <ErrorNote error={shown.error} onRetry={shown.retry} />;
  if (shown.loading) {
    return (
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} height={230} />
        ))}
      </SimpleGrid>
    );
  }
  const charts = PANELS.filter((panel) => panel.tab === tab).flatMap((panel) =>
    chartsOf(panel, shown.series, counts).map((chart) => ({ ...chart, panel })),
  );
  if (charts.length === 0) {
    return (
      <div className="card">
        <Empty title={t("chart.emptyTitle")}>{t("chart.emptyText")}</Empty>
      </div>
    );
  }
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
      {charts.map(({ key, instance, panel, series }) => {
        const spec = units.get(series[0]?.metric ?? "");
        const caption = t(`panel.${panel.name}`);
        return (
          <TimeChart
            key={key}
            title={instance ? `${instance} · ${caption}` : caption}
            unit={spec?.unit ?? "count"}
            table={spec?.table}
            group="host"
            data={withGaps({ times: shown.times, lines: linesOf(panel, series, t) }, shown.gapS)}
            from={shown.from}
            to={shown.to}
            marks={marks}
            onZoom={onZoom}
            onReset={onReset}
          />
        );
      })}
    </SimpleGrid>
  );
}

function linesOf(panel: Panel, series: readonly PlainSeries[], t: (key: string) => string): Line[] {
  const several = !panel.split && new Set(series.map((one) => one.instance)).size > 1;
  const alone = panel.metrics.length === 1;
  return series.map((one, index) => ({
    label:
      several || (one.instance && !panel.split)
        ? alone
          ? one.instance
          : `${one.instance} ${t(`metric.${one.metric}`)}`
        : t(`metric.${one.metric}`),
    color: several ? index : panel.metrics.indexOf(one.metric),
    avg: one.avg,
    max: one.max,
    stacked: panel.stacked?.includes(one.metric),
  }));
}
