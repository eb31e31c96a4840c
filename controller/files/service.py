"""Files as one object: what the routes need, made once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock
from controller.core.db import Database
from controller.core.errors import AppError, Invalid
from controller.core.events import Bus
from controller.core.secrets import Secret
from controller.files import archive, change, content, names, problems, shell, sudo, uploads
from controller.files.listing import expand
from controller.files.permits import Permit, Permits
from controller.files.places import Access, Places
from controller.files.relay import Relay
from controller.files.schemas import About, NewTransfer, Unlocked
from controller.files.sudo import Passwords
from controller.files.transfer import State, Transfer
from controller.files.transfers import Transfers
from controller.files.uploads import Uploads
from controller.hosts import queries as hosts
from controller.hosts.news import CredentialChanged, HostChanged, HostRemoved
from controller.ssh.errors import LineError
from controller.ssh.fleet import Fleet
from controller.ssh.target import Directory, Password
from controller.users.rights import Action, Principal, require


class Files:
    """Everything of the slice that lives as long as the controller."""

    def __init__(self, fleet: Fleet, directory: Directory, database: Database, bus: Bus, clock: Clock) -> None:
        self.database = database
        self.permits = Permits(database, bus, clock)
        self.passwords = Passwords(lambda host_id: stored_password(directory, host_id))
        self.places = Places(fleet, self.passwords)
        self.transfers = Transfers(database, bus, clock)
        self.uploads = Uploads(self.places, self.transfers)
        self.transfers.discard = self.uploads.discard
        bus.listen(HostRemoved, lambda news: self.places.forget(news.host_id))
        bus.listen(HostChanged, lambda news: self.places.forget(news.host_id) if news.moves_line else None)
        bus.listen(CredentialChanged, self._credential_changed)

    def _credential_changed(self, news: CredentialChanged) -> None:
        for host_id in news.host_ids:
            self.places.forget(host_id)

    async def start(self) -> None:
        """Take up earlier transfers."""
        await self.transfers.start()

    async def close(self) -> None:
        """End everything. Call it while the pool is still open."""
        await self.transfers.close()
        self.places.close()

    async def reading(self, principal: Principal, host_id: int, *, as_root: bool = False) -> tuple[Permit, Access]:
        """The right to read there, and whose files. Raises NotFound, Forbidden."""
        action = Action.FILES_WRITE if as_root else Action.FILES_READ
        permit = await self.permits.give(principal, host_id, action)
        return permit, uploads.access_of(permit, as_root=as_root)

    async def writing(
        self, principal: Principal, host_id: int, *, as_root: bool = False, detached: bool = False
    ) -> tuple[Permit, Access]:
        """The right to change something there, and whose files. Raises NotFound, Forbidden."""
        permit = await self.permits.give(principal, host_id, Action.FILES_WRITE, detached=detached)
        return permit, uploads.access_of(permit, as_root=as_root)

    async def note(self, actor: Actor, permit: Permit, action: str, **detail: Any) -> None:
        """The audit entry of something that was done on a host."""
        detail = {name: names.shown(value) if isinstance(value, bytes) else value for name, value in detail.items()}
        async with self.database.session() as session:
            await audit.record(
                session, actor, action, kind="host", object_id=permit.host.id, name=permit.host.name, detail=detail
            )

    async def about(self, permit: Permit) -> About:
        """What a page asks first. Raises AppError."""
        access = Access(permit.host.id)
        user_id = permit.principal.user_id
        with problems.told(b"~"):
            async with self.places.kept(access) as kept:
                home = kept.home
            try:
                said = await shell.do(self.places, access, b"id -u; id -un")
                uid, _, account = said.decode("utf-8", "replace").strip().partition("\n")
                has_shell = uid.isdigit()
            except AppError:
                uid, account, has_shell = "", "", False
        root = "is_root" if uid == "0" else "open" if self.passwords.has(permit.host.id, user_id) else "unknown"
        if self.places.is_open(Access(permit.host.id, user_id)) and root == "unknown":
            root = "open"
        trash = names.text(change.trash_of(home))
        return About(names.text(home), account or permit.host.username, root, has_shell, trash)  # type: ignore[arg-type]

    async def unlock(self, actor: Actor, permit: Permit, password: str | None) -> Unlocked:
        """Open root's files to this user. Raises PasswordNeeded, SudoRefused."""
        host_id, user_id = permit.host.id, permit.principal.user_id
        access = uploads.access_of(permit, as_root=True)
        if access.root_for is None:
            return Unlocked("is_root", 0)
        if password is not None:
            if "\n" in password or "\0" in password:
                raise names.refused("password", "A password is one line.")
            self.passwords.keep(host_id, user_id, Secret(password))
        with problems.told():
            async with self.places.use(access):
                pass
        await self.note(actor, permit, "file.root")
        return Unlocked("open", int(sudo.KEPT_S))

    async def lock(self, actor: Actor, permit: Permit) -> None:
        """Close root's files to this user."""
        self.passwords.forget(permit.host.id, permit.principal.user_id)
        self.places.forget(permit.host.id, permit.principal.user_id)
        await self.note(actor, permit, "file.root_left")

    # transfers

    async def seen(self, principal: Principal, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Those whose hosts the principal sees: a token may see fewer than its owner."""
        async with self.database.session() as session:
            ids = {one.host_id for one in transfers} | {
                one.to_host_id for one in transfers if one.to_host_id is not None
            }
            visible = await hosts.visible_ids(session, principal, ids)
        return [one for one in transfers if one.host_id in visible and one.to_host_id in {None, *visible}]

    async def begin(self, principal: Principal, actor: Actor, new: NewTransfer) -> Transfer:
        """A download, a relay, or the row of many small uploads. Raises AppError."""
        require(principal, Action.FILES_READ)
        if new.kind == "download":
            return await self._download(principal, actor, new)
        if new.kind == "relay":
            return await self._relay(principal, actor, new)
        permit, _ = await self.writing(principal, new.host_id, as_root=new.as_root)
        if new.path is None:
            raise names.refused("path", "Say into which folder.")
        return await self.transfers.add(
            permit, "tree", names.path(new.path), actor,
            state=State.WAITING, as_root=new.as_root, total_bytes=new.bytes, total_files=new.files,
            options={"overwrite": new.overwrite},
        )  # fmt: skip

    async def _download(self, principal: Principal, actor: Actor, new: NewTransfer) -> Transfer:
        permit, access = await self.reading(principal, new.host_id, as_root=new.as_root)
        paths = chosen(new.paths)
        total, form = None, new.format
        with problems.told(paths[0]):
            async with self.places.kept(access) as kept:
                paths = [expand(path, kept.home) for path in paths]
                if form is None:
                    if len(paths) > 1:
                        raise names.refused("format", "More than one thing is downloaded as zip, tar or tar.gz.")
                    total = (await content.regular(kept.sftp, paths[0])).size
        return await self.transfers.add(
            permit, "download", paths[0], actor,
            state=State.WAITING, paths=paths, as_root=new.as_root, total_bytes=total,
            total_files=1 if form is None else None, options={} if form is None else {"format": form},
        )  # fmt: skip

    async def _relay(self, principal: Principal, actor: Actor, new: NewTransfer) -> Transfer:
        if new.to_host_id is None or new.to_path is None:
            raise names.refused("to_host_id", "Say to which host and folder.")
        action = Action.FILES_WRITE if new.as_root else Action.FILES_READ
        here = await self.permits.give(principal, new.host_id, action, detached=True)
        there = await self.permits.give(principal, new.to_host_id, Action.FILES_WRITE, detached=True)
        paths = chosen(new.paths)
        made = await self.transfers.add(
            here, "relay", paths[0], actor,
            paths=paths, to_host_id=there.host.id, to_host_name=there.host.name,
            to_path=names.path(new.to_path, "to_path"),
            as_root=new.as_root, to_as_root=new.to_as_root, options={"overwrite": new.overwrite, "verify": new.verify},
        )  # fmt: skip
        self.transfers.run(made, lambda transfer: Relay(self.places, transfer, here, there).run(paths))
        return made

    async def fetched(
        self, transfer: Transfer, permit: Permit, part: content.Part | None
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of a download that is in the list; how it ends is the transfer's state."""
        access = uploads.access_of(permit, as_root=transfer.as_root)
        transfer.state, transfer.options["streaming"] = State.RUNNING, True
        transfer.code = transfer.error = None
        self.transfers.changed(transfer)
        finished = False
        try:
            if part is None:
                transfer.moved(0)
                transfer.done_files = 0
                form = str(transfer.options["format"])
                async for piece in archive.pieces(
                    self.places, access, transfer.paths, form, permit=permit, transfer=transfer
                ):
                    yield piece
            else:
                transfer.moved(part.start)
                async for piece in content.blocks(self.places, access, part, permit):
                    await transfer.gate()
                    yield piece
                    transfer.moved(transfer.done_bytes + len(piece))
                transfer.done_files = 1
            finished = True
        except AppError as error:
            transfer.code, transfer.error = error.code, error.detail
            raise
        finally:
            transfer.options.pop("streaming", None)
            if not transfer.ended:
                whole = part is None or part.start + part.length == part.size
                transfer.state = State.DONE if finished and whole else State.WAITING
            transfer.current = None
            self.transfers.changed(transfer)

    def work(self, made: Transfer, access: Access, options: dict[str, Any]) -> None:
        """Begin a copy, move or removal in the background."""
        transfers, places, paths = self.transfers, self.places, made.paths
        overwrite, trash = bool(options.get("overwrite")), bool(options.get("trash"))
        if made.kind == "copy":
            transfers.run(
                made, lambda one: change.copy(places, access, one, paths, one.to_path or b"~", overwrite=overwrite)
            )
        elif made.kind == "move":
            items: list[tuple[bytes, bytes]] = options["items"]
            transfers.run(made, lambda one: change.move(places, access, one, items, overwrite=overwrite))
        else:
            transfers.run(made, lambda one: change.delete(places, access, one, paths, trash=trash))


def chosen(forms: Sequence[str]) -> list[bytes]:
    """The paths of a selection. Raises Invalid for none."""
    if not forms:
        raise Invalid("Choose at least one file or folder.")
    return [names.path(form, "paths") for form in forms]


async def stored_password(directory: Directory, host_id: int) -> Secret | None:
    """The password of the host's credential, if it is one."""
    try:
        target = await directory.target(host_id)
    except (LineError, LookupError):
        return None
    return target.login.secret if isinstance(target.login, Password) else None
