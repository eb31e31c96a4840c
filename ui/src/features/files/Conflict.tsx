import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowsDiff } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote, Rows } from "../../parts/Notices";
import type { TextFile } from "./calls";

const Difference = lazy(() => import("./Difference"));

interface ConflictProps {
  /** What is on the host now; nothing where it is gone. */
  current: TextFile | null;
  mine: string;
  busy: boolean;
  error: unknown;
  onKeep: (mine: string) => void;
  onTheirs: () => void;
  onBack: () => void;
}

/** Somebody else has changed the file meanwhile: both side by side, and the choice. */
export function Conflict({ current, mine: first, busy, error, onKeep, onTheirs, onBack }: ConflictProps) {
  const { t } = useTranslation();
  const [mine, setMine] = useState(first);
  return (
    <Stack gap="xs" className="viewer-fill">
      <Alert color="orange" icon={<IconArrowsDiff size={18} />} role="alert">
        {t(current ? "viewer.changed" : "viewer.goneMeanwhile")}
      </Alert>
      {current && (
        <>
          <Group grow gap={0}>
            <Text size="xs" fw={550}>
              {t("viewer.theirs")}
            </Text>
            <Text size="xs" fw={550}>
              {t("viewer.mine")}
            </Text>
          </Group>
          <div className="viewer-code">
            <Suspense fallback={<Rows count={12} />}>
              <Difference
                theirs={current.text}
                mine={first}
                labels={{ theirs: t("viewer.theirs"), mine: t("viewer.mine") }}
                onChange={setMine}
              />
            </Suspense>
          </div>
        </>
      )}
      {error !== null && <ErrorNote error={error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="subtle" color="gray" onClick={onBack}>
          {t("viewer.goOnEditing")}
        </Button>
        {current && (
          <Button variant="default" onClick={onTheirs}>
            {t("viewer.takeTheirs")}
          </Button>
        )}
        <Button loading={busy} onClick={() => onKeep(mine)}>
          {t(current ? "viewer.saveMine" : "viewer.saveAnew")}
        </Button>
      </Group>
    </Stack>
  );
}
