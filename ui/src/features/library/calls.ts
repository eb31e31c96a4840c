import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../../api/client";

export type Playbook = Schemas["PlaybookView"];
export type Header = Schemas["Header"];
export type Parameter = Schemas["Parameter"];
export type Project = Schemas["GitProjectView"];
export type Vault = Schemas["VaultView"];
export type CheckResult = Schemas["CheckResult"];
export type Finding = Schemas["Finding"];
export type NewProject = Schemas["NewProject"];
export type PreviewHost = Schemas["PreviewHost"];

const SYNCING_MS = 1000;

export const playbooksQuery = queryOptions({
  queryKey: ["playbooks"],
  queryFn: () => data(api.GET("/api/v1/library/playbooks")),
});

export const playbookQuery = (reference: string) =>
  queryOptions({
    queryKey: ["playbook", reference],
    queryFn: () => data(api.GET("/api/v1/library/playbook", { params: { query: { reference } } })),
  });

/** Read again every second while something is being synced. */
export const projectsQuery = queryOptions({
  queryKey: ["git-projects"],
  queryFn: () => data(api.GET("/api/v1/library/projects")),
  refetchInterval: (query) => (query.state.data?.items.some((one) => one.state === "syncing") ? SYNCING_MS : false),
});

export const vaultsQuery = queryOptions({
  queryKey: ["vaults"],
  queryFn: () => data(api.GET("/api/v1/library/vaults")),
});

export const checkText = (text: string) => data(api.POST("/api/v1/library/check", { body: { text } }));

export const addPlaybook = (body: { name: string; text: string; note: string }) =>
  data(api.POST("/api/v1/library/own", { body }));

export const savePlaybook = ({ id, ...body }: { id: number; text: string; base: number; note: string }) =>
  data(api.PUT("/api/v1/library/own/{playbook_id}", { params: { path: { playbook_id: id } }, body }));

/** All versions of a playbook of one's own, the newest first. */
export const versionsQuery = (id: number) =>
  queryOptions({
    queryKey: ["playbook-versions", id],
    queryFn: () =>
      data(api.GET("/api/v1/library/own/{playbook_id}/versions", { params: { path: { playbook_id: id } } })),
  });

/** The text of one; it never changes. */
export const versionQuery = (id: number, number: number) =>
  queryOptions({
    queryKey: ["playbook-version", id, number],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      data(
        api.GET("/api/v1/library/own/{playbook_id}/versions/{number}", {
          params: { path: { playbook_id: id, number } },
        }),
      ),
  });

export const deletePlaybook = (id: number) =>
  data(api.DELETE("/api/v1/library/own/{playbook_id}", { params: { path: { playbook_id: id } } }));

export const addProject = (body: NewProject) => data(api.POST("/api/v1/library/projects", { body }));

export const changeProject = (id: number, body: Schemas["ProjectChanges"]) =>
  data(api.PATCH("/api/v1/library/projects/{project_id}", { params: { path: { project_id: id } }, body }));

export const syncProject = (id: number) =>
  data(api.POST("/api/v1/library/projects/{project_id}/sync", { params: { path: { project_id: id } } }));

export const deleteProject = (id: number) =>
  data(api.DELETE("/api/v1/library/projects/{project_id}", { params: { path: { project_id: id } } }));

export const addVault = (body: { name: string; password: string }) =>
  data(api.POST("/api/v1/library/vaults", { body }));

export const deleteVault = (id: number) =>
  data(api.DELETE("/api/v1/library/vaults/{vault_id}", { params: { path: { vault_id: id } } }));
