import { useState } from "react";
import { type Answers, answersOf, wrongWith } from "../forms/survey";
import type { Question } from "../types";

/** What is answered before something kept is launched. */
export function useLaunch(questions: readonly Question[]) {
  const [answers, setAnswers] = useState(() => answersOf(questions));
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  return {
    questions,
    answers,
    setAnswers,
    password,
    setPassword,
    tried,
    /** What is sent; null: a question is not answered as it has to be, which is shown from now on. */
    given() {
      setTried(true);
      if (questions.some((question) => wrongWith(question, answers[question.name]))) return null;
      return { params: paramsOf(answers), password: password || null };
    },
  };
}

export type Launch = ReturnType<typeof useLaunch>;

const paramsOf = (answers: Answers) =>
  Object.fromEntries(
    Object.entries(answers).filter((one): one is [string, string | number] => one[1] !== null && one[1] !== ""),
  );
