import { Button, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "../../parts/Page";
import { Batch } from "./Batch";
import { onboardingsQuery } from "./calls";
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
        <Start from={search.from} />
      )}
    </Page>
  );
}

function Start({ from }: { from?: "file" }) {
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
      {from === "file" ? <FromFile /> : <OneHost />}
      {recent && recent.items.length > 0 && (
        <Stack gap="xs">
          <Title order={2}>{t("onboard.recent")}</Title>
          <RunTable items={recent.items.slice(0, 20)} />
        </Stack>
      )}
    </Stack>
  );
}
