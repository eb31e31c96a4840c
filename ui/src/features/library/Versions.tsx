import { Button, Drawer, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useMay } from "../../api/queries";
import { ErrorNote, Rows } from "../../parts/Notices";
import { offerUndo } from "../../parts/undo";
import { When } from "../../parts/When";
import { Diff } from "../jobs/job/Diff";
import { savePlaybook, versionQuery, versionsQuery } from "./calls";

interface VersionsProps {
  id: number;
  name: string;
  /** The version that runs, and its text. */
  version: number;
  text: string;
  onClose: () => void;
}

/** What a playbook was before: who wrote it, how it differs from now, and the way back. */
export function Versions({ id, name, version, text, onClose }: VersionsProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(versionsQuery(id));
  const [chosen, setChosen] = useState<number | null>(null);
  const items = data?.items ?? [];
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={t("playbook.versionsOf", { name })}
      closeButtonProps={{ "aria-label": t("action.close") }}
      // the page's banner is that of the shell alone
      attributes={{ header: { role: "presentation" } }}
    >
      <Stack gap="sm">
        {error && <ErrorNote error={error} onRetry={refetch} />}
        {!data && !error && <Rows />}
        <ol className="flow-steps card" aria-label={t("playbook.versions")}>
          {items.map((one) => (
            <li key={one.number} data-version={one.number}>
              <UnstyledButton
                aria-expanded={chosen === one.number}
                disabled={one.number === version}
                onClick={() => setChosen(chosen === one.number ? null : one.number)}
              >
                <Group gap={10}>
                  <Text span size="sm" fw={550}>
                    {t("playbook.version", { number: one.number })}
                  </Text>
                  <Text span size="sm" c="dimmed">
                    {one.author} · <When at={one.created_at} />
                    {one.number === version && ` · ${t("playbook.runsNow")}`}
                  </Text>
                </Group>
                {one.note && <Text size="xs">{one.note}</Text>}
              </UnstyledButton>
              {chosen === one.number && one.number !== version && (
                <Before id={id} number={one.number} version={version} text={text} />
              )}
            </li>
          ))}
        </ol>
      </Stack>
    </Drawer>
  );
}

interface BeforeProps {
  id: number;
  number: number;
  version: number;
  text: string;
}

/** How a version differs from the one that runs; taking it back makes a new one, so that nothing is lost. */
function Before({ id, number, version, text }: BeforeProps) {
  const { t } = useTranslation();
  const may = useMay()("playbooks.write");
  const { data, error, refetch } = useQuery(versionQuery(id, number));
  const save = useChange(savePlaybook, ["playbooks", "playbook", "playbook-versions"]);
  const note = (back: number) => t("playbook.restoredNote", { number: back });
  const restore = async (old: string) => {
    const saved = await save.mutateAsync({ id, text: old, base: version, note: note(number) });
    offerUndo(t("playbook.restored", { number }), () =>
      save.mutate({ id, text, base: saved.version ?? version + 1, note: note(version) }),
    );
  };
  if (error) return <ErrorNote error={error} onRetry={refetch} />;
  if (!data) return <Rows count={3} />;
  return (
    <Stack gap="xs" mt={6}>
      {data.text === text ? (
        <Text size="sm" c="dimmed">
          {t("playbook.sameText")}
        </Text>
      ) : (
        <Diff before={text} after={data.text} label={t("playbook.difference", { number })} />
      )}
      {save.error && <ErrorNote error={save.error} />}
      {may && data.text !== text && (
        <Button
          size="xs"
          variant="default"
          style={{ alignSelf: "flex-start" }}
          leftSection={<IconRestore size={14} />}
          loading={save.isPending}
          onClick={() => restore(data.text)}
        >
          {t("playbook.restore", { number })}
        </Button>
      )}
    </Stack>
  );
}
