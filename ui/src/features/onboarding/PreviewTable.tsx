import { Checkbox, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import type { Preview } from "./calls";

interface PreviewTableProps {
  preview: Preview;
  chosen: ReadonlySet<number>;
  results: readonly Schemas["ImportRowResult"][];
  onChoose: (chosen: ReadonlySet<number>) => void;
}

const SHOWN = 300;

/** What was read, a row a host: which are taken, which cannot be and why. */
export function PreviewTable({ preview, chosen, results, onChoose }: PreviewTableProps) {
  const { t } = useTranslation();
  const good = preview.items.filter((row) => row.problems.length === 0);
  const said = new Map(results.map((one) => [one.index, one.detail]));
  const toggle = (index: number) => {
    const next = new Set(chosen);
    if (!next.delete(index)) next.add(index);
    onChoose(next);
  };
  return (
    <Stack gap="xs">
      <Text size="sm" aria-live="polite">
        {t("onboard.read", { count: preview.total, chosen: chosen.size, wrong: preview.total - good.length })}
      </Text>
      {preview.notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
      {preview.total > 0 && (
        <div className="card scroll-x">
          <table className="grid-table stacking">
            <thead>
              <tr>
                <th>
                  <Checkbox
                    size="xs"
                    aria-label={t("onboard.chooseAll")}
                    checked={good.length > 0 && good.every((row) => chosen.has(row.index))}
                    indeterminate={chosen.size > 0 && chosen.size < good.length}
                    onChange={(event) =>
                      onChoose(new Set(event.currentTarget.checked ? good.map((row) => row.index) : []))
                    }
                  />
                </th>
                <th>{t("form.name")}</th>
                <th>{t("form.address")}</th>
                <th>{t("form.username")}</th>
                <th>{t("form.password")}</th>
                <th>{t("form.groups")}</th>
                <th>{t("onboard.detail")}</th>
              </tr>
            </thead>
            <tbody>
              {preview.items.slice(0, SHOWN).map((row) => (
                <tr key={row.index} data-line={row.line}>
                  <td>
                    <Checkbox
                      size="xs"
                      aria-label={t("onboard.chooseRow", { name: row.name || row.address || row.line })}
                      disabled={row.problems.length > 0}
                      checked={chosen.has(row.index)}
                      onChange={() => toggle(row.index)}
                    />
                  </td>
                  <td data-label={t("form.name")}>{row.name}</td>
                  <td data-label={t("form.address")} className="mono">
                    {row.port === 22 ? row.address : `${row.address} : ${row.port}`}
                  </td>
                  <td data-label={t("form.username")}>{row.username}</td>
                  <td data-label={t("form.password")}>{t(row.has_password ? "onboard.given" : "onboard.notGiven")}</td>
                  <td data-label={t("form.groups")}>{row.groups.join(", ")}</td>
                  <td data-label={t("onboard.detail")}>
                    <Text
                      size="xs"
                      style={{ whiteSpace: "normal" }}
                      c={row.problems.length ? "var(--mantine-color-error)" : "dimmed"}
                    >
                      {[
                        ...row.problems.map((one) => t("onboard.line", { line: row.line, problem: one })),
                        ...(row.twin ? [t("onboard.twin", { name: row.twin })] : []),
                        ...(said.has(row.index) ? [said.get(row.index)] : []),
                      ].join(" ")}
                    </Text>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {preview.total > SHOWN && (
        <Text size="sm" c="dimmed">
          {t("onboard.more", { count: preview.total - SHOWN })}
        </Text>
      )}
    </Stack>
  );
}
