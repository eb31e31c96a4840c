import { ActionIcon, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Question } from "../types";
import { QuestionForm } from "./QuestionForm";
import { SurveyFields } from "./SurveyFields";
import { type Answers, answersOf, blank, faultOf, relabeled } from "./survey";

interface SurveyBuilderProps {
  questions: readonly Question[];
  errors: Readonly<Record<string, string>>;
  onChange: (questions: Question[]) => void;
}

/** What is asked before a launch: questions in their order, and beside them the form that they make. */
export function SurveyBuilder({ questions, errors, onChange }: SurveyBuilderProps) {
  const { t } = useTranslation();
  // what was asked before is used by its name somewhere: that does not change with the words
  const [kept] = useState(() => new Set(questions.map((one) => one.name)));
  const put = (place: number, next: Question) => onChange(questions.map((one, at) => (at === place ? next : one)));
  const move = (place: number, by: number) => {
    const next = [...questions];
    const [moved] = next.splice(place, 1);
    if (moved) next.splice(place + by, 0, moved);
    onChange(next);
  };
  return (
    <div className="survey-builder">
      <Stack gap="sm">
        {questions.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("survey.none")}
          </Text>
        )}
        {questions.map((question, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a question's name changes while it is typed
          <fieldset key={place} className="form-row" aria-label={question.label || question.name}>
            <Group justify="space-between" mb={6}>
              <Text size="sm" fw={550}>
                {place + 1}. {question.label || question.name}
              </Text>
              <Tools
                name={question.label || question.name}
                first={place === 0}
                last={place === questions.length - 1}
                onMove={(by) => move(place, by)}
                onDrop={() => onChange(questions.filter((_, at) => at !== place))}
              />
            </Group>
            <QuestionForm
              question={question}
              fault={faultOf(question, questions)}
              errors={errors}
              prefix={`survey[${place}].`}
              onChange={(next) => put(place, next)}
              onLabel={(label) =>
                put(
                  place,
                  kept.has(question.name)
                    ? { ...question, label }
                    : relabeled(
                        question,
                        label,
                        questions.filter((one) => one !== question),
                      ),
                )
              }
            />
          </fieldset>
        ))}
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => onChange([...questions, blank(questions)])}
        >
          {t("survey.add")}
        </Button>
      </Stack>
      {questions.length > 0 && <Preview questions={questions} />}
    </div>
  );
}

interface ToolsProps {
  name: string;
  first: boolean;
  last: boolean;
  onMove: (by: number) => void;
  onDrop: () => void;
}

function Tools({ name, first, last, onMove, onDrop }: ToolsProps) {
  const { t } = useTranslation();
  const tool = { variant: "subtle", color: "gray", size: 28 } as const;
  return (
    <Group gap={2} wrap="nowrap">
      <ActionIcon {...tool} disabled={first} aria-label={t("survey.up", { name })} onClick={() => onMove(-1)}>
        <IconArrowUp size={16} stroke={1.6} />
      </ActionIcon>
      <ActionIcon {...tool} disabled={last} aria-label={t("survey.down", { name })} onClick={() => onMove(1)}>
        <IconArrowDown size={16} stroke={1.6} />
      </ActionIcon>
      <ActionIcon {...tool} aria-label={t("survey.drop", { name })} onClick={onDrop}>
        <IconTrash size={16} stroke={1.6} />
      </ActionIcon>
    </Group>
  );
}

/** The form as who launches it will see it; it can be tried. */
function Preview({ questions }: { questions: readonly Question[] }) {
  const { t } = useTranslation();
  const [tried, setTried] = useState<Answers>({});
  return (
    <section className="survey-preview" aria-label={t("survey.preview")}>
      <Text size="xs" c="dimmed" mb="xs">
        {t("survey.preview")}
      </Text>
      <SurveyFields
        questions={questions}
        answers={{ ...answersOf(questions), ...tried }}
        strict={false}
        errors={{}}
        onChange={setTried}
      />
    </section>
  );
}
