import { PasswordInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { BecomeWish } from "../types";

interface SudoPasswordProps {
  become: BecomeWish;
  error?: string;
  onChange: (become: BecomeWish) => void;
}

/** The password that sudo may ask for: taken for one run, never kept. */
export function SudoPassword({ become, error, onChange }: SudoPasswordProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      aria-label={t("run.becomePassword")}
      placeholder={t("run.becomePassword")}
      w={260}
      autoComplete="off"
      value={become.password ?? ""}
      error={error}
      onChange={(event) => onChange({ ...become, password: event.currentTarget.value || undefined })}
    />
  );
}
