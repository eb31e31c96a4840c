import { api, Problem } from "../../api/client";
import type { Picked } from "./drop";
import { wired } from "./names";
import { send } from "./send";
import type { Target } from "./uploads";

export interface Tree {
  id: number;
  files: readonly Picked[];
  /** Folders that hold nothing. */
  empty: readonly (readonly string[])[];
  overwrite: boolean;
}

const MOST_FILES = 500;
const MOST_BYTES = 32 * 1024 * 1024;
const TRIES = 5;
const AGAIN_MS = 1500;

/** Files above this go alone, so that they can be continued. */
export const SMALL = 8 * 1024 * 1024;

const relative = (folders: readonly string[], name: string) => [...folders, name].map(wired).join("/");

/** As many files as fit into one request. */
export function batches(files: readonly Picked[]): Picked[][] {
  const all: Picked[][] = [];
  let some: Picked[] = [];
  let bytes = 0;
  for (const one of files) {
    if (some.length && (some.length >= MOST_FILES || bytes + one.file.size > MOST_BYTES)) {
      all.push(some);
      some = [];
      bytes = 0;
    }
    some.push(one);
    bytes += one.file.size;
  }
  if (some.length) all.push(some);
  return all;
}

/** A line that names each file, and its bytes after it. */
export function packed(files: readonly Picked[], empty: Tree["empty"]): Blob {
  const parts: BlobPart[] = [];
  for (const folders of empty) parts.push(`${JSON.stringify({ path: `${folders.map(wired).join("/")}/`, size: 0 })}\n`);
  for (const { file, folders } of files) {
    const head = {
      path: relative(folders, file.name),
      size: file.size,
      mtime: Math.floor(file.lastModified / 1000),
    };
    parts.push(`${JSON.stringify(head)}\n`, file);
  }
  return new Blob(parts);
}

interface Answer {
  failed: { path: string; code: string; detail: string }[];
}

/** Sends many small files, some hundred at a time; a request that was cut is sent again. */
export async function sendTree(
  { hostId, folder, asRoot }: Target,
  tree: Tree,
  signal: AbortSignal,
  note: (sent: number) => void,
): Promise<void> {
  const groups = batches(tree.files);
  const failed: Answer["failed"] = [];
  let done = 0;
  for (const [place, files] of (groups.length ? groups : [[]]).entries()) {
    const size = files.reduce((sum, { file }) => sum + file.size, 0);
    const body = packed(files, place === 0 ? tree.empty : []);
    const answer = await insist(signal, () => {
      const query = new URLSearchParams({ path: folder, transfer_id: String(tree.id) });
      query.set("overwrite", String(tree.overwrite));
      query.set("as_root", String(asRoot));
      const url = `/api/v1/hosts/${hostId}/files/tree?${query}`;
      return send("POST", url, body, signal, (sent) => note(done + Math.min(sent, size)));
    });
    // without overwriting, what is there already is left as it is: skipped, or arrived with a request that was cut
    failed.push(...(answer as unknown as Answer).failed.filter((one) => tree.overwrite || one.code !== "exists"));
    done += size;
    note(done);
  }
  await api.POST("/api/v1/transfers/{transfer_id}/finish", {
    params: { path: { transfer_id: tree.id } },
    body: { verify: false },
  });
  const [first] = failed;
  if (first)
    throw new Problem(
      409,
      first.code,
      `${first.path}: ${first.detail}${failed.length > 1 ? ` (+${failed.length - 1})` : ""}`,
    );
}

/** Once more where the connection was lost. */
async function insist<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 0 || tries >= TRIES || signal.aborted) throw error;
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}
