import { Button, TextInput } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { groupsQuery, useChange, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { fieldErrors } from "../../parts/fields";
import { RowAction } from "../../parts/RowAction";
import { FormModal } from "./FormModal";
import { Listing } from "./Listing";

type HostGroup = Schemas["GroupView"];

export function Groups() {
  const { t } = useTranslation();
  const may = useMay()("groups.write");
  const query = useQuery(groupsQuery);
  const [form, setForm] = useState<HostGroup | "new" | null>(null);
  const [deleting, setDeleting] = useState<HostGroup | null>(null);
  const remove = useChange(
    (id: number) => api.DELETE("/api/v1/groups/{group_id}", { params: { path: { group_id: id } } }),
    ["groups", "users", "tokens"],
  );
  return (
    <>
      <Listing
        text={t("group.text")}
        query={query}
        empty={t("group.none")}
        columns={[
          {
            head: t("group.name"),
            cell: (group) => (
              <Link to="/" search={{ group: [group.id] }} className="quiet-link">
                {group.name}
              </Link>
            ),
          },
          { head: t("group.hosts"), cell: (group) => group.host_count, numeric: true },
        ]}
        action={
          may && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setForm("new")}>
              {t("group.add")}
            </Button>
          )
        }
        actions={
          may
            ? (group) => (
                <>
                  <RowAction
                    icon={IconPencil}
                    label={t("action.rename")}
                    of={group.name}
                    onClick={() => setForm(group)}
                  />
                  <RowAction
                    icon={IconTrash}
                    harm
                    label={t("action.delete")}
                    of={group.name}
                    onClick={() => setDeleting(group)}
                  />
                </>
              )
            : undefined
        }
      />
      {form && <GroupForm group={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {deleting && (
        <Confirm
          title={t("group.deleteTitle", { name: deleting.name })}
          action={t("action.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => remove.mutateAsync(deleting.id)}
        >
          {t("group.deleteText", { count: deleting.host_count })}
        </Confirm>
      )}
    </>
  );
}

function GroupForm({ group, onClose }: { group: HostGroup | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(group?.name ?? "");
  const save = useChange(async () => {
    if (group) {
      await data(api.PATCH("/api/v1/groups/{group_id}", { params: { path: { group_id: group.id } }, body: { name } }));
    } else await data(api.POST("/api/v1/groups", { body: { name } }));
    onClose();
  }, ["groups"]);
  return (
    <FormModal
      title={group ? t("group.renameTitle", { name: group.name }) : t("group.add")}
      action={t("action.save")}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate(undefined as never)}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        required
        maxLength={100}
        label={t("group.name")}
        value={name}
        error={fieldErrors(save.error).name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormModal>
  );
}
