import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../api/queries";
import { ErrorNote } from "../../parts/Notices";
import { addProject, type NewProject, syncProject } from "./calls";

const BLANK: NewProject = { name: "", url: "", branch: "main", username: "", secret: "", known_hosts: "" };
const LONG: readonly (keyof NewProject)[] = ["secret", "known_hosts"];

/** A Git project: added, and synced at once. */
export function ProjectDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState(BLANK);
  const overSsh = !values.url.startsWith("https:") && !values.url.startsWith("file:");
  const add = useChange(
    async (body: NewProject) => {
      const made = await addProject(body);
      await syncProject(made.id);
    },
    ["git-projects"],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await add.mutateAsync(values);
    onClose();
  };
  const shown: (keyof NewProject)[] = ["name", "url", "branch"];
  if (!values.url.startsWith("file:")) shown.push("username", "secret");
  if (overSsh) shown.push("known_hosts");
  return (
    <Modal opened onClose={onClose} title={t("project.add")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {shown.map((name) => {
            const Input = LONG.includes(name) ? Textarea : TextInput;
            return (
              <Input
                key={name}
                label={t(`project.field.${name}`)}
                description={t(`project.fieldText.${name}`)}
                required={name === "name" || name === "url" || name === "branch"}
                value={values[name] ?? ""}
                onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
                autoComplete="off"
                spellCheck={false}
              />
            );
          })}
          {add.error && <ErrorNote error={add.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t("project.addAndSync")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
