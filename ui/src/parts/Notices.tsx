import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/client";

/** What went wrong as a sentence in the reader's words. */
export function useSentence(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (error instanceof Problem) {
      if (error.status === 0) return t("problem.offline");
      if (error.status === 429 && error.retryAfterS)
        return t("problem.wait", { seconds: Math.ceil(error.retryAfterS) });
      return error.message;
    }
    return t("problem.unknown");
  };
}

export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
      <Group justify="space-between">
        <Text size="sm">{sentence(error)}</Text>
        {onRetry && (
          <Button size="xs" variant="default" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )}
      </Group>
    </Alert>
  );
}

interface EmptyProps {
  title: string;
  /** Of its heading: 1 where it stands for the whole page. */
  order?: 1 | 2;
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ title, order = 2, children, action }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Title order={order} fz={14}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" maw={460}>
        {children}
      </Text>
      {action}
    </Stack>
  );
}

export function Rows({ count = 6 }: { count?: number }) {
  return (
    <Stack gap={8} p="md" aria-busy="true">
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={row} height={20} />
      ))}
    </Stack>
  );
}
