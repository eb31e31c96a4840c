import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { useSentence } from "../../parts/Notices";

/** What can be done to the selected hosts. */
export function BulkBar({ ids, onDone }: { ids: readonly number[]; onDone: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const sentence = useSentence();
  const [deleting, setDeleting] = useState(false);
  const apply = async (action: Schemas["Bulk"]["action"]) => {
    const { items } = await data(
      api.POST("/api/v1/hosts/bulk", { body: { ids: [...ids], action, tags: [], group_ids: [] } }),
    );
    const failed = items.filter((item) => !item.ok);
    if (failed.length) {
      notifications.show({
        color: "red",
        title: t("bulk.failed", { count: failed.length }),
        message: failed[0]?.detail,
      });
    }
    onDone();
  };
  const attempt = (action: Schemas["Bulk"]["action"]) =>
    apply(action).catch((error) => notifications.show({ color: "red", message: sentence(error) }));
  return (
    <Group gap="xs" className="card" px="sm" py={6}>
      <Text size="sm">{t("bulk.selected", { count: ids.length })}</Text>
      <Button size="xs" variant="default" onClick={() => attempt("enable")}>
        {t("host.enable")}
      </Button>
      <Button size="xs" variant="default" onClick={() => attempt("disable")}>
        {t("host.disable")}
      </Button>
      {may("hosts.write") && (
        <Button size="xs" variant="light" color="red" onClick={() => setDeleting(true)}>
          {t("action.delete")}
        </Button>
      )}
      <Button size="xs" variant="subtle" onClick={onDone}>
        {t("bulk.clear")}
      </Button>
      {deleting && (
        <Confirm
          title={t("bulk.deleteTitle", { count: ids.length })}
          action={t("action.delete")}
          word={String(ids.length)}
          onClose={() => setDeleting(false)}
          onConfirm={() => apply("delete")}
        >
          {t("host.deleteText")}
        </Confirm>
      )}
    </Group>
  );
}
