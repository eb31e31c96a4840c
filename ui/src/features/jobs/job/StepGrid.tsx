import { Tooltip, UnstyledButton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { spanOf } from "../order";
import { ResultMark } from "../states";
import type { JobHost } from "../types";
import type { Cell, Step } from "./steps";

const ROW = 32;

interface StepGridProps {
  hosts: readonly JobHost[];
  steps: readonly Step[];
  cellOf: (hostId: number, step: string) => Cell | undefined;
  onOpen: (cell: Cell) => void;
}

/** Hosts down, steps of the playbook across. Only the rows in sight are drawn. */
export function StepGrid({ hosts, steps, cellOf, onOpen }: StepGridProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: hosts.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 10,
    getItemKey: (place) => hosts[place]?.host_id ?? place,
  });
  const items = rows.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = rows.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
    <section className="card steps" ref={box} tabIndex={0} aria-label={t("job.grid")}>
      <table>
        <thead>
          <tr>
            <th className="step-host">{t("job.column.host")}</th>
            {steps.map((step) => (
              <th key={step.key} title={step.play ? `${step.play}: ${step.name}` : step.name}>
                <span>{step.name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} span={steps.length + 1} />}
          {items.map(({ index }) => {
            const host = hosts[index];
            return host && <Row key={host.host_id} host={host} steps={steps} cellOf={cellOf} onOpen={onOpen} />;
          })}
          {after > 0 && <Spacer height={after} span={steps.length + 1} />}
        </tbody>
      </table>
    </section>
  );
}

function Spacer({ height, span }: { height: number; span: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0, border: 0 }} colSpan={span} />
    </tr>
  );
}

function Row({ host, steps, cellOf, onOpen }: Omit<StepGridProps, "hosts"> & { host: JobHost }) {
  const { t, i18n } = useTranslation();
  return (
    <tr data-grid-host={host.name}>
      <th scope="row" className="step-host" title={host.name}>
        <ResultMark state={host.state} /> {host.name}
      </th>
      {steps.map((step) => {
        const cell = cellOf(host.host_id, step.key);
        if (!cell) return <td key={step.key} />;
        const said = [t(`result.${cell.state}`), cell.duration_s !== null && spanOf(cell.duration_s, i18n.language)];
        const label = t("job.cell", { host: host.name, step: step.name, state: said.filter(Boolean).join(", ") });
        return (
          <td key={step.key}>
            <Tooltip label={`${step.name}: ${said.filter(Boolean).join(", ")}`}>
              <UnstyledButton
                className="step-cell"
                aria-label={label}
                data-cell={cell.state}
                onClick={() => onOpen(cell)}
              >
                <ResultMark state={cell.state} size={13} />
              </UnstyledButton>
            </Tooltip>
          </td>
        );
      })}
    </tr>
  );
}
