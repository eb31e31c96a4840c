/** What is dragged into the page or chosen in a dialog: files, each with the folders it lies in. */
export interface Picked {
  file: File;
  /** Folders below the target, without the file's own name. */
  folders: readonly string[];
}

export interface Dropped {
  files: Picked[];
  /** Folders that hold nothing are made all the same. */
  empty: string[][];
}

/** Reads folders to their end. Has to be called in the event itself: afterwards the browser forgets what was dropped. */
export async function dropped(items: DataTransferItemList): Promise<Dropped> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const found: Dropped = { files: [], empty: [] };
  for (const entry of entries) await gather(entry, [], found);
  return found;
}

async function gather(entry: FileSystemEntry, folders: readonly string[], found: Dropped): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    found.files.push({ file, folders });
    return;
  }
  const inside = [...folders, entry.name];
  const children = await childrenOf(entry as FileSystemDirectoryEntry);
  if (children.length === 0) found.empty.push(inside);
  for (const child of children) await gather(child, inside, found);
}

/** Browsers hand out a hundred at a time, and nothing at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** What an `<input type=file>` brought; with `webkitdirectory` each knows the folders above it. */
export function chosen(files: FileList): Dropped {
  const picked = [...files].map((file) => ({ file, folders: file.webkitRelativePath.split("/").slice(0, -1) }));
  return { files: picked, empty: [] };
}
