import { Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

const STEPS = ["resolve", "connect", "host_key", "login", "collect"] as const;

/** The test step by step: what went well, what failed and why, what was not reached. */
export function TrialSteps({ steps, running }: { steps: readonly Schemas["TrialStep"][]; running: boolean }) {
  const { t } = useTranslation();
  return (
    <Stack gap={6} aria-live="polite">
      {STEPS.map((name) => {
        const step = steps.find((one) => one.name === name);
        return (
          <Group
            key={name}
            gap="xs"
            wrap="nowrap"
            align="flex-start"
            data-step={name}
            data-ok={String(step?.ok ?? null)}
          >
            {running ? (
              <Loader size={16} mt={2} />
            ) : step?.ok ? (
              <IconCircleCheck size={18} color="var(--state-up)" />
            ) : step?.ok === false ? (
              <IconCircleX size={18} color="var(--mantine-color-error)" />
            ) : (
              <IconCircle size={18} color="var(--mantine-color-dimmed)" />
            )}
            <div style={{ minWidth: 0 }}>
              <Text size="sm" fw={step?.ok === false ? 600 : 400} c={step?.ok == null ? "dimmed" : undefined}>
                {t(`trial.${name}`)}
                {step?.duration_ms != null && (
                  <Text span size="xs" c="dimmed">
                    {" "}
                    {step.duration_ms.toFixed(0)} ms
                  </Text>
                )}
              </Text>
              {step?.detail && (
                <Text
                  size="xs"
                  c={step.ok === false ? "var(--mantine-color-error)" : "dimmed"}
                  style={{ overflowWrap: "anywhere" }}
                >
                  {step.detail}
                </Text>
              )}
            </div>
          </Group>
        );
      })}
    </Stack>
  );
}
