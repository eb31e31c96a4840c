import { Alert, Button, Checkbox, Group, Paper, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data } from "../../api/client";
import { useChange } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { Copyable } from "../../parts/Copyable";
import { KeyHowTo } from "../../parts/KeyHowTo";
import { ErrorNote, Rows } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { isMoving, type Onboarding, onboardingQuery } from "./calls";
import { Resume } from "./Resume";
import { SetUpSteps } from "./SetUpSteps";
import { StepList } from "./StepList";

/** How one host's way in goes, and what is to be done about it. */
export function Progress({ id }: { id: number }) {
  const { t } = useTranslation();
  const query = useQuery(onboardingQuery(id));
  const [ending, setEnding] = useState(false);
  const cancel = useChange(
    () => data(api.POST("/api/v1/onboardings/{onboarding_id}/cancel", { params: { path: { onboarding_id: id } } })),
    ["onboardings"],
  );
  const one = query.data;
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!one)
    return (
      <div className="card">
        <Rows count={8} />
      </div>
    );
  const job = typeof one.found.init_job_id === "number" ? one.found.init_job_id : undefined;
  return (
    <Paper className="card" p="md">
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={2}>{`${one.name}: ${t(`onboard.stateWord.${one.state}`)}`}</Title>
          {isMoving(one.state) && (
            <Button variant="default" size="xs" onClick={() => setEnding(true)}>
              {t("onboard.cancel")}
            </Button>
          )}
        </Group>
        <StepList steps={one.steps} below={{ init: job && <SetUpSteps jobId={job} moving={isMoving(one.state)} /> }} />
        {one.state === "key_pending" && <Compare one={one} />}
        {["failed", "interrupted", "canceled"].includes(one.state) && <Resume key={one.updated_at} one={one} />}
        {one.state === "done" && <Done one={one} />}
      </Stack>
      {ending && (
        <Confirm
          title={t("onboard.cancelTitle", { name: one.name })}
          action={t("onboard.cancel")}
          onClose={() => setEnding(false)}
          onConfirm={() => cancel.mutateAsync(undefined as never)}
        >
          {t("onboard.cancelText")}
        </Confirm>
      )}
    </Paper>
  );
}

function Compare({ one }: { one: Onboarding }) {
  const { t } = useTranslation();
  const [trusted, setTrusted] = useState(false);
  const key = one.presented_key;
  const approve = useChange(
    () =>
      data(
        api.POST("/api/v1/onboardings/{onboarding_id}/approve", {
          params: { path: { onboarding_id: one.id } },
          body: { fingerprint: key?.fingerprint ?? "" },
        }),
      ),
    ["onboardings"],
  );
  if (!key) return null;
  return (
    <Stack gap={6} className="card" p="sm">
      <Copyable value={`${key.type} ${key.fingerprint}`} label={t("credential.public")} />
      <KeyHowTo />
      <Checkbox
        label={t("trial.trust")}
        checked={trusted}
        onChange={(event) => setTrusted(event.currentTarget.checked)}
      />
      {approve.error && <ErrorNote error={approve.error} />}
      <Group>
        <WhyButton
          loading={approve.isPending}
          why={trusted ? undefined : t("onboard.needsTrust")}
          onClick={() => approve.mutate(undefined as never)}
        >
          {t("onboard.goOn")}
        </WhyButton>
      </Group>
    </Stack>
  );
}

function Done({ one }: { one: Onboarding }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Stack gap="xs">
      <Alert color="green" variant="light">
        {t(one.plan.access === "monitor" ? "onboard.doneMonitor" : "onboard.doneText")}
      </Alert>
      <Group gap="xs">
        {one.host_id && (
          <Button component={Link} to={`/hosts/${one.host_id}`}>
            {t("onboard.openHost")}
          </Button>
        )}
        <Button variant="default" onClick={() => navigate({ to: "/hosts/onboard", search: {} })}>
          {t("onboard.another")}
        </Button>
      </Group>
    </Stack>
  );
}
