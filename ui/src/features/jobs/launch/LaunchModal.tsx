import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "../../../parts/Notices";
import { SurveyFields } from "../forms/SurveyFields";
import type { Launch } from "./useLaunch";

interface Props {
  of: { name: string; description: string };
  launch: Launch;
  /** Does any of it run as another user, by a password? */
  becomes: boolean;
  errors: Record<string, string>;
  error: Error | null;
  /** Where it will run. */
  children: ReactNode;
  /** What else can be chosen, or has to be known. */
  more?: ReactNode;
  button: ReactNode;
  onGo: () => void;
  onClose: () => void;
}

/** What is asked before something kept is launched: its questions, where it runs, and the password for sudo. */
export function LaunchModal({ of, launch, becomes, errors, error, children, more, button, onGo, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("template.launchTitle", { name: of.name })}
      size="lg"
      closeOnClickOutside={false}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onGo();
        }}
      >
        <Stack gap="md">
          {of.description && (
            <Text size="sm" c="dimmed">
              {of.description}
            </Text>
          )}
          <SurveyFields
            questions={launch.questions}
            answers={launch.answers}
            strict={launch.tried}
            errors={Object.fromEntries(launch.questions.map(({ name }) => [name, errors[`params.${name}`] ?? ""]))}
            onChange={launch.setAnswers}
          />
          {children}
          {becomes && (
            <PasswordInput
              label={t("run.becomePassword")}
              autoComplete="off"
              maw={320}
              value={launch.password}
              error={errors.password}
              onChange={(event) => launch.setPassword(event.currentTarget.value)}
            />
          )}
          {more}
          {error && <ErrorNote error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            {button}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
