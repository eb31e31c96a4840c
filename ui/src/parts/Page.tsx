import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTitle } from "./title";

interface PageProps {
  title: string;
  /** The page that this one belongs to. */
  above?: { label: string; to: string };
  actions?: ReactNode;
  children: ReactNode;
}

/** A page's title, what one can do on it, and its content. */
export function Page({ title, above, actions, children }: PageProps) {
  useTitle(title);
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="xs" mih={32}>
        <Group gap={6} align="baseline">
          {above && (
            <>
              <Anchor component={Link} to={above.to} c="dimmed" fz={18}>
                {above.label}
              </Anchor>
              <Text span c="dimmed" fz={18} aria-hidden>
                /
              </Text>
            </>
          )}
          <Title order={1}>{title}</Title>
        </Group>
        <Group gap="xs">{actions}</Group>
      </Group>
      {children}
    </Stack>
  );
}
