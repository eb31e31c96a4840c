import { Button, Group, Modal, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "../../api/queries";
import { fieldErrors } from "../../parts/fields";
import { ErrorNote } from "../../parts/Notices";
import { addProject, changeProject, type NewProject, type Project, syncProject } from "./calls";

const BLANK: NewProject = { name: "", url: "", branch: "main", username: "", secret: "", known_hosts: "" };
const LONG: readonly (keyof NewProject)[] = ["secret", "known_hosts"];

/** What a project's form begins with; its secret never comes to the page. */
const valuesOf = ({ name, url, branch, username, known_hosts }: Project): NewProject => ({
  name,
  url,
  branch,
  username,
  known_hosts,
  secret: "",
});

interface ProjectDialogProps {
  /** The one that is changed; none: a new one. */
  project: Project | null;
  onClose: () => void;
}

/** A Git project: added or changed, and synced at once. */
export function ProjectDialog({ project, onClose }: ProjectDialogProps) {
  const { t } = useTranslation();
  const [values, setValues] = useState(project ? valuesOf(project) : BLANK);
  const [without, setWithout] = useState(false);
  const overSsh = !values.url.startsWith("https:") && !values.url.startsWith("file:");
  const add = useChange(
    async ({ secret, ...rest }: NewProject) => {
      const kept = without ? { secret: null } : secret ? { secret } : {};
      const made = project
        ? await changeProject(project.id, { ...rest, ...kept })
        : await addProject({ ...rest, secret });
      await syncProject(made.id);
    },
    ["git-projects", "playbooks"],
  );
  const errors = fieldErrors(add.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(values, { onSuccess: onClose });
  };
  const shown: (keyof NewProject)[] = ["name", "url", "branch"];
  if (!values.url.startsWith("file:")) shown.push("username", "secret");
  if (overSsh) shown.push("known_hosts");
  return (
    <Modal opened onClose={onClose} title={project ? t("project.edit", { name: project.name }) : t("project.add")}>
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
                error={errors[name]}
                disabled={name === "secret" && without}
                placeholder={name === "secret" && project?.has_secret ? t("project.secretKept") : undefined}
                onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
                autoComplete="off"
                spellCheck={false}
              />
            );
          })}
          {project?.has_secret && (
            <Switch
              label={t("project.withoutSecret")}
              checked={without}
              onChange={(event) => setWithout(event.currentTarget.checked)}
            />
          )}
          {add.error && <ErrorNote error={add.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t(project ? "project.saveAndSync" : "project.addAndSync")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
