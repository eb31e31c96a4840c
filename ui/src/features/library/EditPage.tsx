import { Anchor, Badge, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconChecklist, IconDeviceFloppy } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/client";
import { useChange } from "../../api/queries";
import { Guard } from "../../parts/Guard";
import { ErrorNote, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { WhyButton } from "../../parts/WhyButton";
import { addPlaybook, type CheckResult, checkText, playbookQuery, savePlaybook } from "./calls";
import type { PlaybookSearch } from "./search";

const Code = lazy(() => import("../../parts/Code"));
const NAME = /^[a-z0-9][a-z0-9-]{0,60}$/;
const BLANK = `# moorline:
#   title: {en: New playbook, zh-CN: 新剧本}
#   description: {en: What it does., zh-CN: 它做什么。}
#   tags: []
---
- name: New playbook
  hosts: all
  tasks:
    - name: Say hello
      ansible.builtin.debug:
        msg: Hello from {{ inventory_hostname }}
`;

interface Begun {
  id: number | null;
  version: number;
  name: string;
  text: string;
}

/** Write a playbook: a new one, a copy of one, or the next version of one's own. */
export function EditPage() {
  const { t } = useTranslation();
  const { reference } = useSearch({ strict: false }) as PlaybookSearch;
  const { data, error, refetch } = useQuery({ ...playbookQuery(reference ?? ""), enabled: reference !== undefined });
  // what is being written stands on what was read first: a later reading takes nothing away
  const [kept, setKept] = useState<{ reference?: string; begun: Begun } | null>(null);
  const above = [{ label: t("nav.playbooks"), to: "/playbooks" }];
  if (reference !== undefined && !data)
    return (
      <Page title={t("playbook.edit")} above={above}>
        {error ? <ErrorNote error={error} onRetry={refetch} /> : <Rows />}
      </Page>
    );
  if (kept === null || kept.reference !== reference) {
    const own = data?.playbook.source === "own" ? data.playbook : null;
    const begun = { id: own?.id ?? null, version: own?.version ?? 0, name: own?.name ?? "", text: data?.text ?? BLANK };
    setKept({ reference, begun });
    return null;
  }
  return <Editor key={reference ?? ""} begun={kept.begun} reference={reference} />;
}

function Editor({ begun, reference }: { begun: Begun; reference?: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const saved = useRef(false);
  const [name, setName] = useState(begun.name);
  const [text, setText] = useState(begun.text);
  const check = useChange(checkText);
  const save = useChange(
    (base: number) =>
      begun.id === null ? addPlaybook({ name, text, note: "" }) : savePlaybook({ id: begun.id, text, base, note: "" }),
    ["playbooks", "playbook", "playbook-versions"],
  );
  const fine = begun.id !== null || NAME.test(name);
  const keep = async (base = begun.version) => {
    if (!fine) return;
    const done = await save.mutateAsync(base).catch(() => null); // what was wrong is told on the page
    if (done === null) return;
    saved.current = true;
    await navigate({ to: "/playbooks/show", search: { reference: done.reference } });
  };
  const keepAfter = async () => {
    const newest = await cache.fetchQuery({ ...playbookQuery(reference ?? ""), staleTime: 0 });
    await keep(newest.playbook.version ?? begun.version);
  };
  return (
    <Page
      title={begun.id === null ? t("playbook.new") : begun.name}
      above={[{ label: t("nav.playbooks"), to: "/playbooks" }]}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconChecklist size={15} />}
            loading={check.isPending}
            onClick={() => check.mutate(text)}
          >
            {t("playbook.check")}
          </Button>
          <WhyButton
            leftSection={<IconDeviceFloppy size={15} />}
            loading={save.isPending}
            why={fine ? undefined : t("playbook.nameText")}
            onClick={() => keep()}
          >
            {t("action.save")}
          </WhyButton>
        </>
      }
    >
      {begun.id === null && (
        <TextInput
          label={t("playbook.name")}
          description={t("playbook.nameText")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maw={360}
          autoComplete="off"
        />
      )}
      <Guard is={() => !saved.current && (text !== begun.text || name !== begun.name)} />
      {save.error && <ErrorNote error={save.error} />}
      {save.error instanceof Problem && save.error.code === "changed_meanwhile" && (
        <Group gap="sm">
          <Text size="sm">{t("playbook.meanwhile")}</Text>
          <Anchor size="sm" target="_blank" href={`/playbooks/show?reference=${encodeURIComponent(reference ?? "")}`}>
            {t("playbook.theirs")}
          </Anchor>
          <Button size="xs" variant="default" loading={save.isPending} onClick={keepAfter}>
            {t("playbook.saveAfter")}
          </Button>
        </Group>
      )}
      {check.error && <ErrorNote error={check.error} />}
      {check.data && <Findings result={check.data} />}
      <div className="card code-card">
        <Suspense fallback={<Rows />}>
          <Code text={begun.text} name="x.yml" label={t("playbook.text")} onChange={setText} onSave={() => keep()} />
        </Suspense>
      </div>
    </Page>
  );
}

/** What the checks have found, the worst first. */
function Findings({ result }: { result: CheckResult }) {
  const { t } = useTranslation();
  const found = [...result.findings].sort((a, b) => a.severity.localeCompare(b.severity) || a.line - b.line);
  return (
    <Stack gap={4} role="status">
      <Text size="sm" fw={600}>
        {t(result.syntax_ok ? "playbook.syntaxFine" : "playbook.syntaxBad")}{" "}
        {result.syntax_ok && t(result.linted ? "playbook.linted" : "playbook.notLinted", { count: found.length })}
      </Text>
      {found.map((one) => (
        <Group key={`${one.line} ${one.rule} ${one.message}`} gap={8} wrap="nowrap" align="baseline">
          <Badge size="sm" variant="default" c={one.severity === "error" ? "var(--state-down)" : "var(--state-warn)"}>
            {t(`playbook.severity.${one.severity === "error" ? "error" : "warning"}`)}
          </Badge>
          <Text size="sm" component="span" style={{ whiteSpace: "pre-wrap" }}>
            {one.line > 0 && `${t("playbook.line", { line: one.line })}: `}
            {one.message} <span className="quiet">{one.rule}</span>
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
