import { Button, Checkbox, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "../../api/queries";
import { bytes } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { type Ground, putBack, readTrash, remove, type Trashed } from "./calls";
import { Names } from "./HarmDialogs";
import { base, join, parent, shown } from "./names";

interface TrashDialogProps {
  ground: Ground;
  mayWrite: boolean;
  onClose: () => void;
  /** Something is where it was again. */
  onBack: () => void;
}

/** What was removed into the account's trash: put back where it was, or removed for good. */
export function TrashDialog({ ground, mayWrite, onClose, onBack }: TrashDialogProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<readonly Trashed[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const key = ["trash", ground.hostId, ground.asRoot];
  const query = useQuery({ queryKey: key, gcTime: 0, staleTime: 0, queryFn: () => readTrash(ground) });
  const items = query.data?.items ?? [];
  const picked = items.filter((item) => chosen.has(item.name));
  const toggle = (name: string) => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    setChosen(next);
  };
  const back = async () => {
    setBusy(true);
    setError(null);
    try {
      await putBack(
        ground,
        picked.map((item) => item.name),
      );
      notifications.show({ message: t("trash.wasPutBack", { count: picked.length }) });
      setChosen(new Set());
      onBack();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
    await queryClient.invalidateQueries({ queryKey: key });
  };
  const first = picked.length === 0 ? t("trash.first") : undefined;
  const why = mayWrite ? first : t("trash.mayNot");
  return (
    <Modal opened onClose={onClose} title={t("trash.title")} size="lg">
      <Stack gap="sm">
        {query.error ? (
          <ErrorNote error={query.error} onRetry={() => query.refetch()} />
        ) : !query.data ? (
          <Rows count={4} />
        ) : items.length === 0 ? (
          <Empty title={t("trash.empty")}>{t("trash.emptyText")}</Empty>
        ) : (
          <List items={items} chosen={chosen} onToggle={toggle} onChoose={setChosen} truncated={query.data.truncated} />
        )}
        {error !== null && <ErrorNote error={error} />}
        <Group justify="space-between" gap="xs">
          {items.length > 0 && mayWrite ? (
            <Button variant="subtle" color="red" onClick={() => setAsking(items)}>
              {t("trash.clear")}
            </Button>
          ) : (
            <span />
          )}
          <Group gap="xs">
            <WhyButton variant="default" why={why} onClick={() => setAsking(picked)}>
              {t("trash.forGood")}
            </WhyButton>
            <WhyButton loading={busy} why={why} onClick={back}>
              {picked.length ? t("trash.putBack", { count: picked.length }) : t("transfer.kind.restore")}
            </WhyButton>
          </Group>
        </Group>
      </Stack>
      {asking && query.data && (
        <Confirm
          title={t("trash.forGoodTitle", { count: asking.length })}
          action={t("trash.forGood")}
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            await remove(ground, gone(query.data.folder, asking, asking === items), false);
            setChosen(new Set());
            await queryClient.invalidateQueries({ queryKey: key });
          }}
        >
          <Names names={asking.map((item) => shown(item.path))} />
          {t(query.data.truncated && asking === items ? "trash.andMore" : "files.noUndo")}
        </Confirm>
      )}
    </Modal>
  );
}

/** Everything goes with the two folders of the trash: also what has no note. */
const gone = (folder: string, items: readonly Trashed[], all: boolean) =>
  all ? [join(folder, "files"), join(folder, "info")] : items.map((item) => join(join(folder, "files"), item.name));

interface ListProps {
  items: readonly Trashed[];
  chosen: ReadonlySet<string>;
  truncated: boolean;
  onToggle: (name: string) => void;
  onChoose: (names: ReadonlySet<string>) => void;
}

function List({ items, chosen, truncated, onToggle, onChoose }: ListProps) {
  const { t } = useTranslation();
  const all = chosen.size === items.length;
  return (
    <div className="trash">
      <Group gap="sm" px={8} py={6} wrap="nowrap">
        <Checkbox
          label={t("trash.all", { count: items.length })}
          checked={all}
          indeterminate={!all && chosen.size > 0}
          onChange={() => onChoose(new Set(all ? [] : items.map((item) => item.name)))}
        />
        {truncated && (
          <Text size="xs" c="dimmed">
            {t("trash.truncated")}
          </Text>
        )}
      </Group>
      <ul className="trash-list">
        {items.map((item) => (
          <li key={item.name} data-trashed={item.path}>
            <Checkbox
              checked={chosen.has(item.name)}
              onChange={() => onToggle(item.name)}
              classNames={{ body: "trash-item" }}
              label={
                <>
                  <span className="trash-name">
                    {shown(base(item.path))}
                    {item.kind === "d" && "/"}
                  </span>
                  <span className="trash-place">{shown(parent(item.path))}</span>
                  <span className="trash-when">
                    {item.deleted_at.slice(0, 16).replace("T", " ")}
                    {item.size !== null && ` · ${bytes(item.size)}`}
                  </span>
                </>
              }
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
