import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { setUpQuery } from "./calls";
import { Mark } from "./StepList";

const MARKS: Record<string, string> = { ok: "done", changed: "done", failed: "failed", unreachable: "failed" };

/** The steps of the set-up as they come, and the way to its job. */
export function SetUpSteps({ jobId, moving }: { jobId: number; moving: boolean }) {
  const { t } = useTranslation();
  const { data: steps } = useQuery(setUpQuery(jobId, moving));
  return (
    <Stack gap={4} mt={4}>
      {(steps?.items ?? []).map((one) => (
        <Group key={one.step} gap="xs" wrap="nowrap" data-set-up={one.action} data-state={one.state}>
          <Mark state={MARKS[one.state] ?? one.state} />
          <Text size="xs">{one.title}</Text>
          <Text size="xs" c="dimmed">
            {t(`onboard.setUpWord.${one.state}`, { defaultValue: one.state })}
          </Text>
        </Group>
      ))}
      <Anchor component={Link} to={`/jobs/${jobId}`} size="xs" underline="always">
        {t("onboard.openJob", { number: jobId })}
      </Anchor>
    </Stack>
  );
}
