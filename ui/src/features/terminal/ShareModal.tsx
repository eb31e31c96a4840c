import { ActionIcon, Button, Group, Modal, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../api/queries";
import { Copyable } from "../../parts/Copyable";
import { ErrorNote, Rows } from "../../parts/Notices";
import { peopleQuery, shareSession } from "./calls";
import type { Desk } from "./desk";
import { useView } from "./hooks";
import type { Pane } from "./layout";
import type { Session } from "./wire";

/** Who else may watch a session, or type into it. */
export function ShareModal({ desk, pane, onClose }: { desk: Desk; pane: Pane; onClose: () => void }) {
  const { t } = useTranslation();
  const attachment = desk.of(pane);
  const { session } = useView(attachment);
  const { data: people, error } = useQuery(peopleQuery(pane.hostId));
  const [shares, setShares] = useState<Session["shares"]>(session?.shares ?? []);
  const save = useChange((next: Session["shares"]) => shareSession(session?.id ?? "", next), ["terminals"]);
  const put = (next: Session["shares"]) => {
    const before = shares;
    setShares(next);
    save.mutate(next, {
      onSuccess: (answer) => attachment.change({ session: answer }),
      onError: () => setShares(before),
    });
  };
  const others = people?.items.filter((one) => shares.every((share) => share.username !== one.username)) ?? [];
  const mayWrite = (name: string) => people?.items.find((one) => one.username === name)?.may_write ?? false;
  return (
    <Modal opened onClose={onClose} title={t("terminal.share")}>
      <Stack gap="sm">
        <Text size="sm">{t("terminal.shareText")}</Text>
        {(error ?? save.error) && <ErrorNote error={error ?? save.error} />}
        {!people && !error && <Rows count={2} />}
        {shares.map((share) => (
          <Group key={share.username} justify="space-between" wrap="nowrap">
            <Text size="sm" truncate>
              {share.username}
            </Text>
            <Group gap={6} wrap="nowrap">
              <SegmentedControl
                size="xs"
                aria-label={t("terminal.accessOf", { name: share.username })}
                data={[
                  { value: "read", label: t("terminal.access.read") },
                  { value: "write", label: t("terminal.access.write"), disabled: !mayWrite(share.username) },
                ]}
                value={share.access}
                onChange={(value) =>
                  put(
                    shares.map((one) =>
                      one === share ? { ...one, access: value === "write" ? "write" : "read" } : one,
                    ),
                  )
                }
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("terminal.unshare", { name: share.username })}
                onClick={() => put(shares.filter((one) => one !== share))}
              >
                <IconX size={15} />
              </ActionIcon>
            </Group>
          </Group>
        ))}
        {people && (
          <Select
            label={t("terminal.shareWith")}
            placeholder={t(others.length > 0 ? "terminal.shareChoose" : "terminal.shareNobody")}
            data={others.map((one) => one.username)}
            disabled={others.length === 0}
            searchable
            value={null}
            onChange={(name) => name && put([...shares, { username: name, access: "read" }])}
          />
        )}
        {shares.length > 0 && session && (
          <>
            <Text size="sm">{t("terminal.shareLink")}</Text>
            <Copyable
              open
              value={`${location.origin}/terminal?session=${session.id}`}
              label={t("terminal.shareLink")}
            />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("action.done")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
