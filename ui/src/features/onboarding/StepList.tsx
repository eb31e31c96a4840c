import { Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircle, IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

interface StepListProps {
  steps: readonly Schemas["OnboardingStepView"][];
  /** What stands below a step, by its name. */
  below?: Readonly<Record<string, ReactNode>>;
}

/** Every step: done, under way, left out, failed and why. */
export function StepList({ steps, below = {} }: StepListProps) {
  const { t } = useTranslation();
  return (
    <Stack gap={6} aria-live="polite" component="ol" p={0} m={0}>
      {steps.map((step) => (
        <Group
          key={step.name}
          component="li"
          gap="xs"
          wrap="nowrap"
          align="flex-start"
          data-step={step.name}
          data-state={step.state}
          style={{ listStyle: "none" }}
        >
          <Mark state={step.state} />
          <div style={{ minWidth: 0 }}>
            <Text
              size="sm"
              fw={step.state === "failed" ? 600 : 400}
              c={["waiting", "skipped"].includes(step.state) ? "dimmed" : undefined}
            >
              {t(`onboard.stepWord.${step.name}`)}
              {step.state === "skipped" && ` (${t("onboard.skipped")})`}
              {step.duration_ms != null && step.state === "done" && (
                <Text span size="xs" c="dimmed">
                  {` ${(step.duration_ms / 1000).toFixed(1)} s`}
                </Text>
              )}
            </Text>
            {step.detail && (
              <Text
                size="xs"
                c={step.state === "failed" ? "var(--mantine-color-error)" : "dimmed"}
                style={{ overflowWrap: "anywhere" }}
              >
                {step.detail}
              </Text>
            )}
            {below[step.name]}
          </div>
        </Group>
      ))}
    </Stack>
  );
}

/** What became of a step, as a picture. */
export function Mark({ state }: { state: string }) {
  if (state === "running") return <Loader size={18} />;
  if (state === "done") return <IconCircleCheck size={18} color="var(--state-up)" style={{ flex: "none" }} />;
  if (state === "failed") return <IconCircleX size={18} color="var(--mantine-color-error)" style={{ flex: "none" }} />;
  const Icon = state === "skipped" ? IconCircleDashed : IconCircle;
  return <Icon size={18} color="var(--mantine-color-dimmed)" style={{ flex: "none" }} />;
}
