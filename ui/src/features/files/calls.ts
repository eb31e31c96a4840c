import { api, data, type Schemas } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Transfer } from "./transfer";

export type Measured = Schemas["Measured"];
export type TextFile = Schemas["TextView"];
export type About = Schemas["About"];
export type Trashed = Schemas["Trashed"];

/** Where something is done: on which host, and as whom. */
export interface Ground {
  hostId: number;
  asRoot: boolean;
}

const of = ({ hostId }: Ground) => ({ params: { path: { host_id: hostId } } });
const told = <T>(answer: T): T => {
  queryClient.invalidateQueries({ queryKey: ["transfers"] });
  return answer;
};

export const about = (ground: Ground): Promise<About> =>
  data(
    api.GET("/api/v1/hosts/{host_id}/files/about", {
      params: { path: { host_id: ground.hostId } },
    }),
  );

/** Becomes root for a while; without a password as far as that goes. */
export const becomeRoot = (hostId: number, password: string | null) =>
  data(api.POST("/api/v1/hosts/{host_id}/files/root", { params: { path: { host_id: hostId } }, body: { password } }));

export const makeFolder = (ground: Ground, path: string) =>
  data(
    api.POST("/api/v1/hosts/{host_id}/files/folder", {
      ...of(ground),
      body: { path, parents: false, as_root: ground.asRoot },
    }),
  );

export const makeFile = (ground: Ground, path: string) =>
  data(api.POST("/api/v1/hosts/{host_id}/files/file", { ...of(ground), body: { path, as_root: ground.asRoot } }));

export const makeLink = (ground: Ground, path: string, target: string) =>
  data(
    api.POST("/api/v1/hosts/{host_id}/files/link", { ...of(ground), body: { path, target, as_root: ground.asRoot } }),
  );

export const move = (ground: Ground, items: { from: string; to: string }[], overwrite = false): Promise<Transfer> =>
  data(
    api.POST("/api/v1/hosts/{host_id}/files/move", {
      ...of(ground),
      body: { items, overwrite, as_root: ground.asRoot },
    }),
  ).then(told);

export const copy = (ground: Ground, paths: string[], to: string, overwrite = false): Promise<Transfer> =>
  data(
    api.POST("/api/v1/hosts/{host_id}/files/copy", {
      ...of(ground),
      body: { paths, to, overwrite, as_root: ground.asRoot },
    }),
  ).then(told);

export const relay = (
  from: Ground,
  paths: string[],
  to: { hostId: number; path: string; asRoot: boolean },
  overwrite: boolean,
): Promise<Transfer> =>
  data(
    api.POST("/api/v1/transfers", {
      body: {
        kind: "relay",
        host_id: from.hostId,
        paths,
        to_host_id: to.hostId,
        to_path: to.path,
        to_as_root: to.asRoot,
        as_root: from.asRoot,
        overwrite,
        verify: true,
      },
    }),
  ).then(told);

export const measure = (ground: Ground, paths: string[]): Promise<Measured> =>
  data(api.POST("/api/v1/hosts/{host_id}/files/measure", { ...of(ground), body: { paths, as_root: ground.asRoot } }));

export const remove = (ground: Ground, paths: string[], trash: boolean): Promise<Transfer> =>
  data(
    api.POST("/api/v1/hosts/{host_id}/files/delete", {
      ...of(ground),
      body: { paths, trash, as_root: ground.asRoot },
    }),
  ).then(told);

export const readTrash = (ground: Ground) =>
  data(
    api.GET("/api/v1/hosts/{host_id}/files/trash", {
      params: { path: { host_id: ground.hostId }, query: { as_root: ground.asRoot } },
    }),
  );

/** Puts back where it was what has these names in the trash. */
export const putBack = (ground: Ground, names: readonly string[]): Promise<Transfer> =>
  data(
    api.POST("/api/v1/hosts/{host_id}/files/restore", {
      ...of(ground),
      body: { names: [...names], as_root: ground.asRoot },
    }),
  ).then(told);

export interface ModeChange {
  mode: number;
  recursive: boolean;
  folder_mode: number | null;
}

export const setMode = (ground: Ground, paths: string[], change: ModeChange) =>
  api.POST("/api/v1/hosts/{host_id}/files/mode", { ...of(ground), body: { paths, ...change, as_root: ground.asRoot } });

export interface OwnerChange {
  owner: string | null;
  group: string | null;
  recursive: boolean;
}

export const setOwner = (ground: Ground, paths: string[], change: OwnerChange) =>
  api.POST("/api/v1/hosts/{host_id}/files/owner", {
    ...of(ground),
    body: { paths, ...change, as_root: ground.asRoot },
  });

export type Algorithm = "md5" | "sha1" | "sha256" | "sha512";

export const checksum = (ground: Ground, path: string, algorithm: Algorithm) =>
  data(
    api.POST("/api/v1/hosts/{host_id}/files/checksum", {
      ...of(ground),
      body: { path, algorithm, as_root: ground.asRoot },
    }),
  );

export const readText = (ground: Ground, path: string, encoding?: string): Promise<TextFile> =>
  data(
    api.GET("/api/v1/hosts/{host_id}/files/text", {
      params: { path: { host_id: ground.hostId }, query: { path, encoding, as_root: ground.asRoot } },
    }),
  );

export type Write = Omit<Schemas["TextInput"], "as_root">;

export const writeText = (ground: Ground, body: Write) =>
  data(api.PUT("/api/v1/hosts/{host_id}/files/text", { ...of(ground), body: { ...body, as_root: ground.asRoot } }));

/** Of a transfer that only reads. */
const PLAIN = { overwrite: false, to_as_root: false, verify: false };

export type Format = "zip" | "tar" | "tar.gz";

/** A download with an entry in the list of transfers; the browser is then sent to its content. */
export async function download(ground: Ground, paths: string[], format: Format | null): Promise<void> {
  const { id } = told(
    await data(
      api.POST("/api/v1/transfers", {
        body: { ...PLAIN, kind: "download", host_id: ground.hostId, paths, format, as_root: ground.asRoot },
      }),
    ),
  );
  const link = document.createElement("a");
  link.href = `/api/v1/transfers/${id}/content`;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
