import { Button } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Host, Problem } from "../../api/client";
import { useMay } from "../../api/queries";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { about as readAbout } from "./calls";
import type { Entry } from "./entry";
import { FileMenu } from "./FileMenu";
import { FileTable } from "./FileTable";
import { Finder } from "./Finder";
import { useListing } from "./listing";
import { join, parent, shown } from "./names";
import { filtered, ordered } from "./order";
import { PathBar } from "./PathBar";
import { RootDialog } from "./RootSwitch";
import type { FilesSearch } from "./search";
import { kept, NOTHING, type Selection } from "./selection";
import { StatusBar, Toolbar } from "./Toolbar";
import { useEnded } from "./Transfers";
import { TrashDialog } from "./Trash";
import { useDeeds } from "./useDeeds";
import { useDrops } from "./useDrops";
import { Viewer } from "./Viewer";

const route = getRouteApi("/inside/files");

/** One folder of a host, and what can be done in it. */
export function Browser({ host }: { host: Host }) {
  const { t } = useTranslation();
  const may = useMay();
  const mayWrite = may("files.write");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const ground = useMemo(() => ({ hostId: host.id, asRoot: search.root === true }), [host.id, search.root]);
  const about = useQuery({
    queryKey: ["files-about", ground.hostId, ground.asRoot],
    staleTime: 60_000,
    queryFn: () => readAbout(ground),
  });
  const change = (next: Partial<FilesSearch>, replace = false) =>
    navigate({ search: (before: FilesSearch) => ({ ...before, ...next }), replace });
  const path = search.path ?? about.data?.home ?? null;
  const listing = useListing(host.id, path, ground.asRoot);
  const folder = path?.startsWith("~") ? (listing.real ?? path) : (path ?? "/");
  const [hidden, setHidden] = useLocalStorage({ key: "moorline.files.hidden", defaultValue: false });
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [editing, setEditing] = useState(false);
  const sort = search.sort ?? "name";
  const sorted = useMemo(
    () => (listing.busy && listing.entries.length > 1000 ? listing.entries : ordered(listing.entries, sort)),
    [listing.entries, listing.busy, sort],
  );
  const entries = useMemo(() => filtered(sorted, search.q ?? "", hidden), [sorted, search.q, hidden]);
  const ids = useMemo(() => entries.map((entry) => entry.id), [entries]);
  useEffect(() => {
    if (!listing.busy) setSelection((before) => kept(ids, before));
  }, [ids, listing.busy]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another folder begins anew
  useEffect(() => setSelection(NOTHING), [folder, ground]);
  useEnded((transfer) => {
    if ((transfer.to_host_id ?? transfer.host_id) === host.id || transfer.host_id === host.id) listing.reload();
  });
  const go = (to: string) => {
    setEditing(false);
    change({ path: to, q: undefined, open: undefined, find: undefined });
  };
  const open = (entry: Entry) => (entry.folder ? go(join(folder, entry.id)) : change({ open: join(folder, entry.id) }));
  const chosen = useMemo(() => entries.filter((entry) => selection.chosen.has(entry.id)), [entries, selection.chosen]);
  const deeds = useDeeds({
    ground,
    folder,
    entries,
    chosen,
    mayWrite,
    open,
    up: () => folder !== "/" && go(parent(folder)),
    editPath: () => setEditing(true),
    reload: listing.reload,
    select: (id) => setSelection({ chosen: new Set([id]), cursor: id, anchor: id }),
  });
  const drops = useDrops({ ground, folder, entries: listing.entries, mayWrite, reload: listing.reload });
  const found = search.open && listing.entries.find((entry) => join(folder, entry.id) === search.open);
  const problem = about.error ?? listing.error;
  return (
    <div className="files" data-over={drops.over || undefined} data-hint={drops.hint} {...drops.handlers}>
      <PathBar path={folder} home={about.data?.home ?? null} editing={editing} onEdit={setEditing} onGo={go} />
      <Toolbar
        host={host}
        about={about.data}
        ground={ground}
        search={search}
        chosen={chosen}
        hidden={hidden}
        mayWrite={mayWrite}
        paste={deeds.clipboard}
        onHidden={setHidden}
        onChange={change}
        onDeed={deeds.run}
        onNew={deeds.make}
        onPaste={deeds.paste}
        onPick={drops.take}
        onReload={listing.reload}
        onClear={() => setSelection(NOTHING)}
      />
      {search.find && (
        <Finder
          ground={ground}
          folder={folder}
          onOpen={(at, entry) => (entry.folder ? go(at) : change({ path: parent(at), open: at }))}
          onClose={() => change({ find: undefined })}
        />
      )}
      {problem ? (
        <Trouble
          error={problem}
          host={host}
          mayBeRoot={!ground.asRoot && about.data?.root !== "is_root"}
          onRoot={() => change({ root: true })}
          onUp={() => go(parent(folder))}
          onRetry={() => {
            about.refetch();
            listing.reload();
          }}
          onLeaveRoot={() => change({ root: undefined }, true)}
          account={about.data?.account ?? host.username}
        />
      ) : (
        <FileTable
          label={t("files.listOf", { folder: shown(folder) })}
          entries={entries}
          ids={ids}
          selection={selection}
          sort={sort}
          words={search.q ?? ""}
          phone={phone}
          busy={listing.busy}
          empty={
            listing.busy ? <Rows count={10} /> : <Nothing count={listing.entries.length} filtered={Boolean(search.q)} />
          }
          onSelect={setSelection}
          onSort={(next) => change({ sort: next === "name" ? undefined : next })}
          onOpen={open}
          onMenu={deeds.openMenu}
          onKey={deeds.press}
          hrefOf={(entry) => hrefOf(host.id, join(folder, entry.id), entry.folder)}
        />
      )}
      <StatusBar listing={listing} shown={entries.length} chosen={chosen} />
      <FileMenu at={deeds.menu} entries={chosen} mayWrite={mayWrite} onDeed={deeds.run} onClose={deeds.closeMenu} />
      {deeds.dialog}
      {drops.dialog}
      {search.trash && (
        <TrashDialog
          ground={ground}
          mayWrite={mayWrite}
          onClose={() => change({ trash: undefined })}
          onBack={listing.reload}
        />
      )}
      {search.open && (
        <Viewer
          key={search.open}
          ground={ground}
          path={search.open}
          entry={found || undefined}
          mayWrite={mayWrite}
          onClose={() => change({ open: undefined })}
          onSaved={listing.reload}
        />
      )}
    </div>
  );
}

const hrefOf = (host: number, path: string, folder: boolean) =>
  folder
    ? `/files?${new URLSearchParams({ host: String(host), path })}`
    : `/files?${new URLSearchParams({ host: String(host), path: parent(path), open: path })}`;

function Nothing({ count, filtered }: { count: number; filtered: boolean }) {
  const { t } = useTranslation();
  if (count === 0) return <Empty title={t("files.empty")}>{t("files.emptyText")}</Empty>;
  return (
    <Empty title={t(filtered ? "files.nothingFits" : "files.onlyHidden")}>
      {t(filtered ? "files.nothingFitsText" : "files.onlyHiddenText", { count })}
    </Empty>
  );
}

interface TroubleProps {
  error: unknown;
  host: Host;
  account: string;
  mayBeRoot: boolean;
  onRoot: () => void;
  onUp: () => void;
  onRetry: () => void;
  onLeaveRoot: () => void;
}

/** Why the folder cannot be shown, and what helps. */
function Trouble({ error, host, account, mayBeRoot, onRoot, onUp, onRetry, onLeaveRoot }: TroubleProps) {
  const { t } = useTranslation();
  const code = error instanceof Problem ? error.code : "";
  if (code === "sudo_password_needed")
    return <RootDialog hostId={host.id} account={account} onClose={onLeaveRoot} onDone={onRetry} />;
  if (code === "no_sftp" || code === "no_such_file" || code === "not_a_folder" || code === "permission_denied")
    return (
      <div className="card" data-trouble={code}>
        <Empty
          title={t(`files.trouble.${code}`)}
          action={
            code === "no_sftp" ? (
              <Button variant="default" onClick={onRetry}>
                {t("action.retry")}
              </Button>
            ) : code === "permission_denied" && mayBeRoot ? (
              <Button variant="default" onClick={onRoot}>
                {t("root.open")}
              </Button>
            ) : (
              <Button variant="default" onClick={onUp}>
                {t("files.up")}
              </Button>
            )
          }
        >
          {(error as Problem).message}
        </Empty>
      </div>
    );
  return <ErrorNote error={error} onRetry={onRetry} />;
}
