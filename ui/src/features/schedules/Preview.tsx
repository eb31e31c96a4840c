import { List, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { minute } from "../../format/units";
import { useSentence } from "../../parts/Notices";
import { previewQuery, type Rule, type Window, wall } from "./calls";

/** The next five times by both clocks, while one types. */
export function Preview({ rule, zone, windows }: { rule: Rule; zone: string; windows: Window[] }) {
  const { t, i18n } = useTranslation();
  const sentence = useSentence();
  const [wish] = useDebouncedValue({ rule, zone, windows }, 250);
  const { data, error } = useQuery(previewQuery(wish.rule, wish.zone, wish.windows));
  return (
    <section aria-label={t("schedule.next")} aria-live="polite">
      <Text size="sm" fw={600}>
        {t("schedule.next")}
      </Text>
      {error && (
        <Text size="sm" c="red">
          {sentence(error)}
        </Text>
      )}
      {!error && data?.items.length === 0 && <Text size="sm">{t("schedule.never")}</Text>}
      {!error && (
        <List size="sm" spacing={2} type="ordered">
          {data?.items.map((one) => (
            <List.Item key={one.at}>
              <span className="mono">{wall(one.local)}</span>{" "}
              <Text span size="sm" c="dimmed">
                {t("schedule.here", { at: minute(one.at, i18n.language) })}
                {one.shut && ` · ${t("schedule.shut")}`}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
    </section>
  );
}
