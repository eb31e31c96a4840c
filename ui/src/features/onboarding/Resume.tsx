import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import type { Onboarding } from "./calls";

/** Goes on after a failure: what it takes, and what may be left out. */
export function Resume({ one }: { one: Onboarding }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const [fresh, setFresh] = useState("");
  const failed = one.steps.find((step) => step.state === "failed");
  const renew = failed?.code === "new_password_needed" || failed?.code === "new_password";
  const hardening = failed?.name === "harden";
  const resume = useChange(
    (without: "" | "harden" | "init") =>
      data(
        api.POST("/api/v1/onboardings/{onboarding_id}/resume", {
          params: { path: { onboarding_id: one.id } },
          body: {
            password: password || null,
            new_password: fresh || null,
            disable_password: without === "harden" ? false : null,
            without_init: without === "init",
          },
        }),
      ),
    ["onboardings"],
  );
  const errors = fieldErrors(resume.error);
  const needed = one.needs_password && !password ? t("onboard.needsPassword") : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (needed === undefined) resume.mutate("");
      }}
    >
      <Stack gap="xs">
        <Text size="sm">{t("onboard.resumeText")}</Text>
        {one.needs_password && (
          <PasswordInput
            label={t("onboard.passwordOf", { user: one.username })}
            autoComplete="new-password"
            value={password}
            error={errors.password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        )}
        {renew && (
          <PasswordInput
            label={t("onboard.newPassword")}
            description={t("onboard.newPasswordText")}
            autoComplete="new-password"
            value={fresh}
            error={errors.new_password}
            onChange={(event) => setFresh(event.currentTarget.value)}
          />
        )}
        {resume.error && <ErrorNote error={resume.error} />}
        <Group gap="xs">
          <WhyButton type="submit" loading={resume.isPending} why={needed}>
            {t("onboard.goOn")}
          </WhyButton>
          {hardening && (
            <WhyButton variant="default" why={needed} onClick={() => resume.mutate("harden")}>
              {t("onboard.leavePasswords")}
            </WhyButton>
          )}
          {failed?.name === "init" && (
            <WhyButton variant="default" onClick={() => resume.mutate("init")}>
              {t("onboard.leaveInit")}
            </WhyButton>
          )}
          {one.host_id === null && (
            <Button variant="default" onClick={() => navigate({ to: "/hosts/onboard", search: { again: one.id } })}>
              {t("onboard.again")}
            </Button>
          )}
          {one.host_id && (
            <Button component={Link} variant="default" to={`/hosts/${one.host_id}`}>
              {t("onboard.openHost")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
