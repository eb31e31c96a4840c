import { Button, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { Batch } from "./Batch";
import { onboardingQuery, onboardingsQuery } from "./calls";
import { draftOf } from "./draft";
import { FromFile } from "./FromFile";
import { OneHost } from "./OneHost";
import { Progress } from "./Progress";
import { RunTable } from "./RunTable";
import type { OnboardSearch } from "./search";

const route = getRouteApi("/inside/hosts/onboard");

export function OnboardPage() {
  const { t } = useTranslation();
  const search: OnboardSearch = route.useSearch();
  const looking = search.id !== undefined || search.batch !== undefined;
  const above = [
    { label: t("nav.fleet"), to: "/" },
    ...(looking ? [{ label: t("onboard.title"), to: "/hosts/onboard" }] : []),
  ];
  return (
    <Page
      title={looking ? t("onboard.progress") : t("onboard.title")}
      above={above}
      actions={
        <Button component={Link} to="/keys" variant="default" leftSection={<IconKey size={16} />}>
          {t("rotation.title")}
        </Button>
      }
    >
      {search.id !== undefined ? (
        <Progress id={search.id} />
      ) : search.batch !== undefined ? (
        <Batch batch={search.batch} />
      ) : (
        <Start from={search.from} again={search.again} />
      )}
    </Page>
  );
}

/** The form with what was asked for before. */
function Again({ id }: { id: number }) {
  const query = useQuery(onboardingQuery(id));
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows count={4} />
      </div>
    );
  return <OneHost key={id} first={draftOf(query.data)} />;
}

function Start({ from, again }: { from?: "file"; again?: number }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: recent } = useQuery(onboardingsQuery());
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed" maw={720}>
        {t("onboard.text")}
      </Text>
      <SegmentedControl
        aria-label={t("onboard.howMany")}
        value={from ?? "one"}
        style={{ alignSelf: "flex-start" }}
        onChange={(next) =>
          navigate({ to: "/hosts/onboard", search: { from: next === "file" ? "file" : undefined }, replace: true })
        }
        data={[
          { value: "one", label: t("onboard.one") },
          { value: "file", label: t("onboard.many") },
        ]}
      />
      {from === "file" ? <FromFile /> : again === undefined ? <OneHost /> : <Again id={again} />}
      {recent && recent.items.length > 0 && (
        <Stack gap="xs">
          <Title order={2}>{t("onboard.recent")}</Title>
          <RunTable items={recent.items.slice(0, 20)} />
        </Stack>
      )}
    </Stack>
  );
}
