import { Button, Code, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";
import type { BenchWays } from "./Bench";
import { expandSnippet, type Snippet } from "./calls";
import { pasteable } from "./hostile";
import type { Tab } from "./layout";

interface UseProps {
  bench: BenchWays;
  tab: Tab;
  snippet: Snippet;
  onClose: () => void;
}

/** Fills a snippet's holes and puts it where the keyboard is: to be looked at first, or run at once. */
export function SnippetUse({ bench: { desk }, tab, snippet, onClose }: UseProps) {
  const { t } = useTranslation();
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(snippet.variables.map((one) => [one.name, one.default ?? ""])),
  );
  const takers = desk.takers(tab.active);
  const use = useChange(async (enter: boolean) => {
    const ids = [...new Set(takers.map((pane) => pane.hostId))];
    const { items } = await expandSnippet(snippet.id, ids, values);
    const texts = new Map(items.map((item) => [item.host_id, pasteable(item.text)]));
    desk.paste(takers, (pane) => texts.get(pane.hostId) ?? "", enter);
  });
  const wrong = fieldErrors(use.error);
  const put = (enter: boolean) =>
    use.mutate(enter, {
      onSuccess: () => {
        onClose();
        const pane = takers[0];
        if (pane) requestAnimationFrame(() => desk.of(pane).screen.term.focus());
      },
    });
  return (
    <Modal opened onClose={onClose} title={snippet.name}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          put(false);
        }}
      >
        <Stack gap="sm">
          <Code block className="mono once">
            {snippet.text}
          </Code>
          {snippet.variables.map((one, at) => (
            <TextInput
              key={one.name}
              data-autofocus={at === 0 || undefined}
              label={one.name}
              value={values[one.name] ?? ""}
              error={wrong[`values.${one.name}`]}
              onChange={(event) => setValues({ ...values, [one.name]: event.currentTarget.value })}
            />
          ))}
          <Text size="xs" c="dimmed">
            {t("snippet.goesTo", { count: takers.length })}
          </Text>
          {use.error && Object.keys(wrong).length === 0 && <ErrorNote error={use.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button variant="default" onClick={() => put(true)} loading={use.isPending}>
              {t("snippet.run")}
            </Button>
            <Button type="submit" data-autofocus={snippet.variables.length === 0 || undefined} loading={use.isPending}>
              {t("snippet.insert")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
