import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconCopy, IconHistory, IconPencil, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { deletePlaybook, type Playbook, playbookQuery } from "./calls";
import { Destructive } from "./LibraryPage";
import { RunDialog } from "./RunDialog";
import type { PlaybookSearch } from "./search";
import { Versions } from "./Versions";
import { inLanguage, titleOf } from "./words";

const Code = lazy(() => import("../../parts/Code"));

/** One playbook: what it does, what it asks, its text. */
export function PlaybookPage() {
  const { t, i18n } = useTranslation();
  const { reference = "" } = useSearch({ strict: false }) as PlaybookSearch;
  const { data, error, refetch } = useQuery(playbookQuery(reference));
  const above = [{ label: t("nav.playbooks"), to: "/playbooks" }];
  if (!data) {
    return (
      <Page title={reference} above={above}>
        {error ? <ErrorNote error={error} onRetry={refetch} /> : <Rows />}
      </Page>
    );
  }
  const { playbook, text } = data;
  return (
    <Page title={titleOf(playbook, i18n.language)} above={above} actions={<Actions one={playbook} text={text} />}>
      <About one={playbook} />
      <Parameters one={playbook} />
      <div className="card code-card">
        <Suspense fallback={<Rows />}>
          <Code key={`${reference} ${playbook.version}`} text={text} name="x.yml" label={t("playbook.text")} readOnly />
        </Suspense>
      </div>
    </Page>
  );
}

function Actions({ one, text }: { one: Playbook; text: string }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"" | "run" | "delete" | "versions">("");
  const drop = useChange(deletePlaybook, ["playbooks"]);
  const name = titleOf(one, i18n.language);
  const own = one.source === "own";
  return (
    <>
      {own && (
        <Button variant="default" leftSection={<IconHistory size={15} />} onClick={() => setAsked("versions")}>
          {t("playbook.versions")}
        </Button>
      )}
      {may("playbooks.write") && (
        <>
          <Button
            variant="default"
            leftSection={own ? <IconPencil size={15} /> : <IconCopy size={15} />}
            onClick={() => navigate({ to: "/playbooks/edit", search: { reference: one.reference } })}
          >
            {t(own ? "playbook.edit" : "playbook.copy")}
          </Button>
          {own && (
            <Button variant="default" leftSection={<IconTrash size={15} />} onClick={() => setAsked("delete")}>
              {t("action.delete")}
            </Button>
          )}
        </>
      )}
      {may("jobs.run") && (
        <Button leftSection={<IconPlayerPlay size={15} />} onClick={() => setAsked("run")}>
          {t("playbook.run")}
        </Button>
      )}
      {asked === "run" && <RunDialog one={one} text={text} onClose={() => setAsked("")} />}
      {asked === "versions" && one.id && one.version && (
        <Versions id={one.id} name={name} version={one.version} text={text} onClose={() => setAsked("")} />
      )}
      {asked === "delete" && one.id && (
        <Confirm
          title={t("playbook.deleteTitle", { name })}
          action={t("action.delete")}
          onClose={() => setAsked("")}
          onConfirm={async () => {
            await drop.mutateAsync(one.id as number);
            await navigate({ to: "/playbooks" });
          }}
        >
          {t("playbook.deleteText")}
        </Confirm>
      )}
    </>
  );
}

function About({ one }: { one: Playbook }) {
  const { t, i18n } = useTranslation();
  const { header } = one;
  const unverified = inLanguage(header.unverified, i18n.language);
  return (
    <Stack gap={6} maw={820}>
      {header.trouble && <ErrorNote error={new Error(header.trouble)} />}
      <Text size="sm">{inLanguage(header.description, i18n.language) || t("playbook.noDescription")}</Text>
      {unverified && (
        <Text size="sm" c="dimmed">
          {t("playbook.unverified", { what: unverified })}
        </Text>
      )}
      <Group gap={4}>
        {header.destructive && <Destructive />}
        {[...(header.families ?? []), ...(header.tags ?? [])].map((word) => (
          <Badge key={word} size="sm" variant="default">
            {word}
          </Badge>
        ))}
        {header.ansible && (
          <Badge size="sm" variant="default">
            {t("playbook.needsAnsible", { version: header.ansible })}
          </Badge>
        )}
      </Group>
    </Stack>
  );
}

function Parameters({ one }: { one: Playbook }) {
  const { t, i18n } = useTranslation();
  const asked = one.header.parameters ?? [];
  if (asked.length === 0) return null;
  return (
    <div className="card scroll-x">
      <Table className="grid-table stacking">
        <thead>
          <tr>
            {(["name", "type", "default", "help"] as const).map((column) => (
              <th key={column}>{t(`playbook.parameter.${column}`)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {asked.map((question) => (
            <tr key={question.name}>
              <td data-label={t("playbook.parameter.name")}>
                {inLanguage(question.title, i18n.language) || question.name}{" "}
                <Text span ff="monospace" size="xs" c="dimmed">
                  {question.name}
                </Text>
              </td>
              <td data-label={t("playbook.parameter.type")}>
                {t(`playbook.type.${question.type ?? "text"}`)}
                {question.required && ` · ${t("playbook.required")}`}
              </td>
              <td data-label={t("playbook.parameter.default")}>{String(question.default ?? "–")}</td>
              <td data-label={t("playbook.parameter.help")}>{inLanguage(question.help, i18n.language)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
