import { useNavigate } from "@tanstack/react-router";
import type { Host } from "../../api/client";
import { useMay } from "../../api/queries";
import { useKeys } from "../../app/keys";

interface RowKeysProps {
  hosts: readonly Host[];
  /** Brings a row into sight. */
  show: (place: number) => void;
  select?: (id: number) => void;
}

const TRIES = 10;
const current = (): HTMLElement | null => document.activeElement?.closest<HTMLElement>("[data-host]") ?? null;

/** Puts the focus on a row's link as soon as the row is there. */
function focus(id: number, tries = TRIES): void {
  const link = document.querySelector<HTMLElement>(`[data-host="${id}"] .row-link`);
  if (link) link.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focus(id, tries - 1));
}

/** `j` and `k` walk the rows, `x` selects, `e` edits, `.` opens what can be done; Enter follows the row's link. */
export function useRowKeys({ hosts, show, select }: RowKeysProps): void {
  const navigate = useNavigate();
  const may = useMay();
  const walk = (step: number) => {
    if (hosts.length === 0) return;
    const at = hosts.findIndex((host) => host.id === Number(current()?.dataset.host));
    const place = at < 0 ? 0 : Math.min(hosts.length - 1, Math.max(0, at + step));
    show(place);
    focus((hosts[place] as Host).id);
  };
  const withRow = (deed: (row: HTMLElement) => void) => () => {
    const row = current();
    if (row) deed(row);
    return row !== null;
  };
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    x: withRow((row) => select?.(Number(row.dataset.host))),
    e: withRow((row) => {
      if (may("hosts.write")) navigate({ to: "/hosts/$hostId/edit", params: { hostId: String(row.dataset.host) } });
    }),
    ".": withRow((row) => row.querySelector<HTMLElement>("[data-row-menu]")?.click()),
  });
}
