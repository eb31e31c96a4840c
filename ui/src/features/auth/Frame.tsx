import { Anchor, Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { LANGUAGES, type Language, setLanguage } from "../../app/i18n";
import { useTitle } from "../../parts/title";

/** The pages before the login. */
export function Frame({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  useTitle(title);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={400}>
        <Group gap={10}>
          <img src="/icon.svg" width={30} height={30} alt="" />
          <Text fw={650} size="lg">
            Moorline
          </Text>
        </Group>
        <Paper className="card" p="lg">
          <Stack gap="sm">
            <Title order={1}>{title}</Title>
            {text && (
              <Text size="sm" c="dimmed">
                {text}
              </Text>
            )}
            {children}
          </Stack>
        </Paper>
        <Group gap="sm">
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <Anchor
              key={code}
              component="button"
              type="button"
              size="sm"
              c="dimmed"
              onClick={() => setLanguage(code as Language)}
            >
              {name}
            </Anchor>
          ))}
        </Group>
      </Stack>
    </Center>
  );
}
