import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { useTitle } from "./title";

export interface Crumb {
  label: string;
  to: string;
}

interface PageProps {
  title: string;
  /** The pages that this one belongs to, from the top. */
  above?: readonly Crumb[];
  actions?: ReactNode;
  children: ReactNode;
}

/** A page's title, what one can do on it, and its content. */
export function Page({ title, above = [], actions, children }: PageProps) {
  useTitle(title);
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="xs" mih={32}>
        <Group gap={6} align="baseline">
          <Crumbs above={above} />
          <Title order={1}>{title}</Title>
        </Group>
        <Group gap="xs">{actions}</Group>
      </Group>
      {children}
    </Stack>
  );
}

/** The way back up, before a title. */
export function Crumbs({ above }: { above: readonly Crumb[] }) {
  return above.map(({ label, to }) => (
    <Fragment key={to}>
      <Anchor component={Link} to={to} c="dimmed" fz={18} className="quiet-link">
        {label}
      </Anchor>
      <Text span c="dimmed" fz={18} aria-hidden>
        /
      </Text>
    </Fragment>
  ));
}
