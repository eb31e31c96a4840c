export interface LibrarySearch {
  q?: string;
}

export interface PlaybookSearch {
  reference?: string;
}

const text = (value: unknown): string | undefined => (value === undefined || value === "" ? undefined : String(value));

export const librarySearch = (search: Record<string, unknown>): LibrarySearch => ({ q: text(search.q) });

/** Which playbook: library/swap, own/3, git/1/site.yml. */
export const playbookSearch = (search: Record<string, unknown>): PlaybookSearch => ({
  reference: text(search.reference),
});
