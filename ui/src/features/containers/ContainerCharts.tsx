import { SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { withGaps } from "../../charts/data";
import { TimeChart } from "../../charts/TimeChart";
import { Empty, ErrorNote } from "../../parts/Notices";
import { RangePicker } from "../host/RangePicker";
import type { HostSearch } from "../host/search";
import type { Container } from "./types";
import { CHARTS, chartData, useContainerSeries } from "./useSeries";

const GAP_STEPS = 2.5;

interface ContainerChartsProps {
  container: Container;
  search: HostSearch;
  onChange: (next: HostSearch) => void;
}

/** What a container uses, live or over a range. */
export function ContainerCharts({ container, search, onChange }: ContainerChartsProps) {
  const { t } = useTranslation();
  const series = useContainerSeries(container, search);
  const charts = CHARTS.map((chart) => ({
    chart,
    data: chartData(series, chart.lines, (metric) => t(`container.metric.${metric}`)),
  })).filter(({ data }) => data.lines.length > 0);
  return (
    <Stack gap="sm">
      <RangePicker
        search={search}
        onChange={(next) => onChange({ from: undefined, to: undefined, range: undefined, ...next })}
      />
      {series.error !== null && series.error !== undefined && <ErrorNote error={series.error} onRetry={series.retry} />}
      {series.loading && (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
          {["a", "b", "c", "d"].map((key) => (
            <Skeleton key={key} height={230} />
          ))}
        </SimpleGrid>
      )}
      {!series.loading && charts.length === 0 && (
        <div className="card">
          <Empty title={t("chart.emptyTitle")}>{t("container.noFigures")}</Empty>
        </div>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        {charts.map(({ chart, data }) => (
          <TimeChart
            key={chart.name}
            title={t(`container.chart.${chart.name}`)}
            unit={chart.unit}
            table={"table" in chart ? chart.table : undefined}
            group="container"
            data={withGaps(data, () => series.stepS * GAP_STEPS)}
            from={series.from}
            to={series.to}
            marks={[]}
            onZoom={(from, to) => onChange({ from: Math.round(from), to: Math.round(to) })}
            onReset={() => onChange({ from: undefined, to: undefined })}
          />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
