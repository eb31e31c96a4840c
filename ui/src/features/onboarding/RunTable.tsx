import { Badge, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { When } from "../../parts/When";
import type { Onboarding } from "./calls";

const COLOURS: Record<string, string> = { done: "green", failed: "red", key_pending: "yellow", interrupted: "orange" };

/** Ways in, a row each: where it stands and, where it failed, why. */
export function RunTable({ items }: { items: readonly Onboarding[] }) {
  const { t } = useTranslation();
  return (
    <div className="card scroll-x">
      <table className="grid-table stacking">
        <thead>
          <tr>
            <th>{t("form.name")}</th>
            <th>{t("form.address")}</th>
            <th>{t("onboard.state")}</th>
            <th>{t("onboard.detail")}</th>
            <th>{t("onboard.changed")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id} data-onboarding={one.id} data-state={one.state}>
              <td data-label={t("form.name")}>
                <Link to="/hosts/onboard" search={{ id: one.id }} className="quiet-link">
                  {one.name}
                </Link>
              </td>
              <td data-label={t("form.address")} className="mono">
                {one.address}
              </td>
              <td data-label={t("onboard.state")}>
                <Badge variant="light" color={COLOURS[one.state] ?? "gray"}>
                  {t(`onboard.stateWord.${one.state}`)}
                </Badge>
              </td>
              <td data-label={t("onboard.detail")}>
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>
                  {detailOf(one)}
                </Text>
              </td>
              <td data-label={t("onboard.changed")}>
                <When at={one.updated_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function detailOf(one: Onboarding): string {
  if (one.state === "key_pending") return one.presented_key?.fingerprint ?? "";
  return one.steps.find((step) => step.state === "failed")?.detail ?? "";
}
