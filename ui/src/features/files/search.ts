import { SORTS, type Sort } from "./order";

export interface FilesSearch {
  host?: number;
  path?: string;
  sort?: string;
  /** What the names have to hold. */
  q?: string;
  root?: true;
  /** The file that is looked at, in this folder. */
  open?: string;
  /** Looks for files below the folder. */
  find?: true;
  /** Looks into the account's trash. */
  trash?: true;
}

const text = (value: unknown) => (value === undefined || value === "" ? undefined : String(value));

/** What the address says, without whatever it should not hold. */
export function filesSearch(search: Record<string, unknown>): FilesSearch {
  const host = Number(search.host);
  const sort = typeof search.sort === "string" ? search.sort : "";
  return {
    host: Number.isInteger(host) && host > 0 ? host : undefined,
    path: text(search.path),
    sort: SORTS.includes(sort.replace(/^-/, "") as Sort) ? sort : undefined,
    q: text(search.q),
    root: search.root ? true : undefined,
    open: text(search.open),
    find: search.find ? true : undefined,
    trash: search.trash ? true : undefined,
  };
}
