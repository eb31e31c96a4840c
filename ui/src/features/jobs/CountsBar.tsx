import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Counts, RESULT_STATES, totalOf } from "./order";
import { colorOf, ResultMark } from "./states";

/** How many hosts are in which state, as parts of one bar. */
export function CountsBar({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  const total = totalOf(counts);
  const shown = RESULT_STATES.filter((state) => counts[state]);
  const said = shown.map((state) => `${counts[state]} ${t(`result.${state}`)}`).join(", ");
  return (
    <div className="counts-bar" role="img" aria-label={said || t("job.noHosts")} title={said}>
      {shown.map((state) => (
        <span
          key={state}
          data-state={state}
          style={{ flexGrow: counts[state], background: colorOf(state), minWidth: total > 40 ? 3 : 6 }}
        />
      ))}
    </div>
  );
}

/** The same in words, each with its mark. */
export function CountWords({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  return (
    <Group gap={14} component="span" display="inline-flex">
      {RESULT_STATES.filter((state) => counts[state]).map((state) => (
        <Group key={state} gap={5} wrap="nowrap" component="span" display="inline-flex" data-count={state}>
          <ResultMark state={state} />
          <Text span size="sm">
            {counts[state]} {t(`result.${state}`)}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
