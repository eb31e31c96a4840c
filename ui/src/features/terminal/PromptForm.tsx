import { Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment } from "./attachment";
import { plainLine } from "./hostile";
import type { Prompt } from "./wire";

const LONGEST = 400;

/** What the host asks before it lets anybody in. Its words are its own: they are shown as text, and as its. */
export function PromptForm({ attachment, prompt }: { attachment: Attachment; prompt: Prompt }) {
  const { t } = useTranslation();
  const [answers, setAnswers] = useState<string[]>(() => prompt.prompts.map(() => ""));
  const set = (at: number, value: string) => setAnswers(answers.map((one, i) => (i === at ? value : one)));
  const told = [prompt.name, prompt.instructions].map((text) => plainLine(text, LONGEST)).filter(Boolean);
  return (
    <form
      className="terminal-prompt"
      aria-label={t("terminal.prompt")}
      onSubmit={(event) => {
        event.preventDefault();
        attachment.answer(prompt.id, answers);
        attachment.screen.term.focus();
      }}
    >
      <Stack gap="xs" className="card" p="sm" w={360} maw="100%">
        <Text size="sm" fw={600}>
          {t("terminal.prompt")}
        </Text>
        {told.map((text) => (
          <Text size="sm" key={text} style={{ overflowWrap: "anywhere" }}>
            {text}
          </Text>
        ))}
        {prompt.prompts.map(({ text, echo }, at) => {
          const Field = echo ? TextInput : PasswordInput;
          return (
            <Field
              // biome-ignore lint/suspicious/noArrayIndexKey: questions stand in the host's order
              key={at}
              label={plainLine(text, LONGEST) || t("terminal.answer")}
              value={answers[at] ?? ""}
              onChange={(event) => set(at, event.currentTarget.value)}
              autoComplete="one-time-code"
              autoFocus={at === 0}
            />
          );
        })}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => attachment.refuse(prompt.id)}>
            {t("action.cancel")}
          </Button>
          <Button type="submit">{t("terminal.answerIt")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
