"""Changes of keys over many hosts: new key in, a login by it, the host turned over to it, old key out.

Nobody is locked out at any point: the old key leaves a host only after a login by the new one, and what says by which
key a host is logged in to is the host's own row, changed in one transaction with the state that is kept here. So a
controller that is killed anywhere takes up each host where it stands, and whatever is done twice finds itself done.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import utc_now
from controller.core.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from controller.hosts import credentials
from controller.hosts import queries as host_queries
from controller.hosts import service as hosts
from controller.hosts.act import Act
from controller.hosts.credential_schemas import NewCredential
from controller.hosts.schemas import HostChanges
from controller.onboarding import authorized, queries, steps
from controller.onboarding.bench import Bench
from controller.onboarding.models import KeyRotation, KeyRotationHost
from controller.onboarding.schemas import NewRotation, RotationHostView, RotationView
from controller.onboarding.wishes import sees_all
from controller.ssh.errors import AuthFailed, ChannelRefused, CommandTimeout, LineError, Unreachable
from controller.ssh.fleet import POSIX_SHELL
from controller.ssh.probe import Result, probe
from controller.ssh.target import LineState, PrivateKey
from controller.users import accounts, sessions
from controller.users.rights import Action, Principal, require

log = structlog.get_logger()
AT_ONCE = 8
RETRY_S = 60.0
SCRIPT_S = 60.0
AGAIN_S = 1.0
OPEN = frozenset({"running", "waiting"})
BEGUN = frozenset({"installing", "installed", "verified", "switched"})


@dataclass(slots=True)
class Rotation:
    """One change of keys that is under way."""

    id: int
    user_id: int
    actor: Actor
    old_id: int
    new_id: int
    old_public: str
    new_public: str
    task: asyncio.Task[None] | None = None
    again: asyncio.Event = field(default_factory=asyncio.Event)


class Rotations:
    """All changes of keys."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._open: dict[int, Rotation] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def start(self) -> None:
        """Take up what an earlier run of the controller has left."""
        async with self._bench.database.session() as session:
            for row in await queries.rotations(session, None, open_only=True):
                self._set_off(row, Actor("user", row.user_id, row.username))

    async def close(self) -> None:
        """Stop; each host stays where it stands, and is taken up at the next start."""
        tasks = [one.task for one in self._open.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # for the routes

    async def begin(self, principal: Principal, actor: Actor, new: NewRotation) -> int:
        """Begin one; its id. Raises Forbidden, Invalid, Conflict."""
        require(principal, Action.HOSTS_WRITE)
        require(principal, Action.CREDENTIALS_WRITE)
        now = utc_now(self._bench.clock)
        async with self._bench.database.session() as session:
            act = Act(principal, actor, now, self._bench.bus, self._bench.vault)
            old = await credentials.usable(session, principal, new.credential_id)
            if old.public_key is None:
                raise Invalid("This credential is a password. Choose the key that hosts log in with.", code="no_key")
            if await queries.open_rotation_of(session, old.id) is not None:
                raise Conflict("This key is being changed already; go on with that, or stop it.", code="under_way")
            seen = await host_queries.visible_ids(session, principal, await host_queries.by_credential(session, old.id))
            chosen = seen if new.host_ids is None else seen & set(new.host_ids)
            if not chosen:
                raise Invalid("No host that you see logs in with this key.", code="no_hosts")
            fresh = await credentials.usable(session, principal, await self._new_key(act, session, new, old.name))
            if fresh.public_key is None or fresh.public_key == old.public_key:
                raise Invalid("Choose another key than the old one.", code="no_key")
            row = KeyRotation(
                user_id=principal.user_id, username=principal.username, old_credential_id=old.id,
                new_credential_id=fresh.id, old_name=old.name, new_name=fresh.name, old_public_key=old.public_key,
                new_public_key=fresh.public_key, state="running", created_at=now, updated_at=now,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            for host in await host_queries.load(session, chosen):
                session.add(
                    KeyRotationHost(
                        rotation_id=row.id, host_id=host.id, name=host.name, state="waiting", code="", detail="",
                        attempts=0, updated_at=now,
                    )
                )  # fmt: skip
            detail = {"old": old.name, "new": fresh.name, "hosts": len(chosen)}
            await act.record(session, "key_rotation.start", "key_rotation", row.id, old.name, **detail)
        self._set_off(row, actor)
        return row.id

    async def listing(self, principal: Principal) -> list[RotationView]:
        """Newest first, without hosts."""
        require(principal, Action.HOSTS_WRITE)
        async with self._bench.database.session() as session:
            rows = await queries.rotations(session, None if sees_all(principal) else principal.user_id)
            counts = await queries.rotation_counts(session, [row.id for row in rows])
        return [_view(row, counts[row.id], []) for row in rows]

    async def view(self, principal: Principal, rotation_id: int) -> RotationView:
        """One, with the hosts that the principal sees. Raises NotFound."""
        row = await self._row(principal, rotation_id)
        async with self._bench.database.session() as session:
            found = await queries.rotation_hosts(session, row.id)
            seen = await host_queries.visible_ids(session, principal, [one.host_id for one in found])
            counts = (await queries.rotation_counts(session, [row.id]))[row.id]
        return _view(row, counts, [one for one in found if one.host_id in seen])

    async def retry(self, principal: Principal, actor: Actor, rotation_id: int) -> None:
        """Try again now what is not done; also one that was stopped. Raises NotFound, Conflict when all is done."""
        row = await self._row(principal, rotation_id)
        if row.state == "done":
            raise Conflict("Every host has the new key already.", code="done")
        async with self._bench.database.session() as session:
            await queries.mark_rotation(session, row.id, state="running", updated_at=utc_now(self._bench.clock))
            await audit.record(
                session,
                actor,
                "key_rotation.retry",
                kind="key_rotation",
                object_id=row.id,
                name=row.old_name,
                detail={},
            )
        if row.id in self._open:
            self._open[row.id].again.set()
        else:
            self._set_off(row, actor)

    async def stop(self, principal: Principal, actor: Actor, rotation_id: int) -> None:
        """Stop; each host keeps the key it has. Raises NotFound, Conflict when it is not under way."""
        row = await self._row(principal, rotation_id)
        if row.state not in OPEN:
            raise Conflict("This is not under way.", code="not_running")
        async with self._bench.database.session() as session:
            await queries.mark_rotation(session, row.id, state="stopped", updated_at=utc_now(self._bench.clock))
            await audit.record(
                session, actor, "key_rotation.stop", kind="key_rotation", object_id=row.id, name=row.old_name, detail={}
            )
        rotation = self._open.pop(row.id, None)
        if rotation is not None and rotation.task is not None:
            rotation.task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait({rotation.task}, timeout=10)

    async def _row(self, principal: Principal, rotation_id: int) -> KeyRotation:
        require(principal, Action.HOSTS_WRITE)
        async with self._bench.database.session() as session:
            row = await queries.rotation(session, rotation_id)
        if row is None or not (row.user_id == principal.user_id or sees_all(principal)):
            raise NotFound("There is no such change of keys.")
        return row

    # the work

    async def _new_key(self, act: Act, session: AsyncSession, new: NewRotation, name: str) -> int:
        if new.new_credential_id is not None:
            return new.new_credential_id
        private, _ = steps.make_key()
        for number in range(1, 100):
            fresh = f"{name[:70]} of {act.at:%Y-%m-%d}{'' if number == 1 else f' ({number})'}"
            with suppress(Conflict):
                async with session.begin_nested():
                    wanted = NewCredential(name=fresh, kind="key", private_key=private)
                    return await credentials.add(session, act, wanted)
        raise Conflict("No name is free for the new key. Choose one of your keys instead.", code="name_taken")

    def _set_off(self, row: KeyRotation, actor: Actor) -> None:
        if row.old_credential_id is None or row.new_credential_id is None:
            return  # one of the keys was deleted: there is nothing to go on with
        rotation = Rotation(
            row.id, row.user_id, actor, row.old_credential_id, row.new_credential_id, row.old_public_key,
            row.new_public_key,
        )  # fmt: skip
        self._open[row.id] = rotation
        rotation.task = asyncio.create_task(self._run(rotation), name=f"key rotation {row.id}")

    async def _run(self, rotation: Rotation) -> None:
        """Pass after pass until every host is done; between them, wait for those that are away."""
        first = True
        while True:
            rotation.again.clear()
            try:
                rest = await self._pass(rotation, everybody=first)
            except Exception:  # the edge of one change: the database was away, say; the next pass tries again
                log.exception("key_rotation.failed", rotation_id=rotation.id)
                rest = 1
            if not rest:
                self._open.pop(rotation.id, None)
                return
            first = False
            with suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S):
                    await rotation.again.wait()
                    first = True

    async def _pass(self, rotation: Rotation, *, everybody: bool) -> int:
        """One look at each host that is not done; how many are left. What failed for a reason waits for a human."""
        async with self._bench.database.session() as session:
            found = await queries.rotation_hosts(session, rotation.id)
        wanted = [one for one in found if one.state != "done" and (everybody or self._worth_trying(one))]
        async with asyncio.TaskGroup() as group:
            for one in wanted:
                group.create_task(self._turn(rotation, one.host_id, one.attempts))
        async with self._bench.database.session() as session:
            counts = (await queries.rotation_counts(session, [rotation.id]))[rotation.id]
            rest = sum(number for state, number in counts.items() if state != "done")
            state = "waiting" if rest else "done"
            await queries.mark_rotation(session, rotation.id, state=state, updated_at=utc_now(self._bench.clock))
            if not rest:
                await audit.record(
                    session, rotation.actor, "key_rotation.finish", kind="key_rotation", object_id=rotation.id, name="",
                    detail={"hosts": sum(counts.values())},
                )  # fmt: skip
        return rest

    def _worth_trying(self, one: KeyRotationHost) -> bool:
        if one.state == "failed":
            return False
        status = self._bench.pool.status(one.host_id)
        return one.state in BEGUN or status is None or status.state is LineState.UP

    async def _turn(self, rotation: Rotation, host_id: int, attempts: int) -> None:
        """One host, from where it stands to the end or to what stands in its way."""
        async with self._gate:
            try:
                await self._change(rotation, host_id)
            except (Unreachable, CommandTimeout) as error:
                await self._mark(rotation, host_id, "unreachable", error.code, error.sentence, attempts + 1)
            except (AuthFailed, ChannelRefused, LineError) as error:
                await self._mark(rotation, host_id, "failed", error.code, error.sentence, attempts + 1)
            except authorized.KeyFileError as error:
                await self._mark(rotation, host_id, "failed", error.code, error.sentence, attempts + 1)
            except AppError as error:
                await self._mark(rotation, host_id, "failed", error.code, error.detail, attempts + 1)

    async def _change(self, rotation: Rotation, host_id: int) -> None:
        async with self._bench.database.session() as session:
            row = await host_queries.find(session, host_id)
        if row is None:
            return  # deleted meanwhile, and with it what is kept here
        if row.credential_id not in {rotation.old_id, rotation.new_id}:
            raise Conflict("This host logs in with another key meanwhile, and is left alone.", code="other_key")
        if row.credential_id == rotation.old_id:
            await self._mark(rotation, host_id, "installing")
            script = authorized.adding(rotation.new_public, like=rotation.old_public)
            await self._edit(host_id, script)
            await self._mark(rotation, host_id, "installed")
            _expect(await self._try(host_id, rotation.new_id))
            await self._mark(rotation, host_id, "verified")
            await self._switch(rotation, host_id)
        edit = await self._take_out(host_id, rotation.old_public)
        _expect(await self._try(host_id, rotation.new_id))
        if edit.outcome == "absent" and (await self._try(host_id, rotation.old_id)).ok:
            raise Conflict(
                "The new key is in use, but the old one is still let in: it is not in the account's own file. Look "
                "for it "
                "where the host's sshd looks (AuthorizedKeysFile, AuthorizedKeysCommand).",
                code="still_open",
            )
        await self._mark(rotation, host_id, "done")

    async def _take_out(self, host_id: int, public_key: str) -> authorized.Edit:
        """Remove the old key. The line is made anew with the new one just now, which may break what runs on the old."""
        for pause_s in (0.2, 1.0, 3.0):
            with suppress(Unreachable):
                return await self._edit(host_id, authorized.removing(public_key))
            await asyncio.sleep(pause_s)
        return await self._edit(host_id, authorized.removing(public_key))

    async def _edit(self, host_id: int, script: str) -> authorized.Edit:
        result = await self._bench.pool.exec(host_id, POSIX_SHELL, stdin=script.encode(), timeout_s=SCRIPT_S)
        try:
            return authorized.read(result.stdout.decode(errors="replace"))
        except authorized.KeyFileError as error:
            if error.code != "unreadable":
                raise
        # a host too busy to start programs says nothing; what the script has done it does not do twice
        said = result.stderr.decode(errors="replace").strip()[-300:]
        log.warning("rotation.once_more", host_id=host_id, exit_status=result.exit_status, said=said)
        await asyncio.sleep(AGAIN_S)
        result = await self._bench.pool.exec(host_id, POSIX_SHELL, stdin=script.encode(), timeout_s=SCRIPT_S)
        try:
            return authorized.read(result.stdout.decode(errors="replace"))
        except authorized.KeyFileError as error:
            if error.code != "unreadable":
                raise
            said = result.stderr.decode(errors="replace").strip()[-300:] or "nothing"
            how = f"{error.sentence} (It ended with status {result.exit_status} and said: {said})"
            raise authorized.KeyFileError(error.code, how) from None

    async def _try(self, host_id: int, credential_id: int) -> Result:
        """A new login with that key, on a connection of its own."""
        bench = self._bench
        target = await bench.directory.target(host_id)
        login = await bench.directory.login_of(credential_id)
        if not isinstance(login, PrivateKey):
            raise AuthFailed("The credential is no key any more.", code="no_key", tried=False)
        return await probe(bench.pool, replace(target, host_id=0, login=login), command="exec /bin/sh -c true")

    async def _switch(self, rotation: Rotation, host_id: int) -> None:
        """The host logs in with the new key from now on: the row and what is kept here change together or not at
        all.
        """
        bench = self._bench
        async with bench.database.session() as session:
            now = utc_now(bench.clock)
            asked = sessions.principal_of(await accounts.find(session, rotation.user_id))
            principal = await sessions.renewed(session, asked, now, detached=True)
            if principal is None:
                raise Forbidden("Whoever began this may no longer do it.", code="no_rights")
            act = Act(principal, rotation.actor, now, bench.bus, bench.vault)
            await hosts.change(session, act, host_id, HostChanges(credential_id=rotation.new_id))
            await queries.mark_host(session, rotation.id, host_id, state="switched", code="", detail="", updated_at=now)

    async def _mark(  # noqa: PLR0917
        self,
        rotation: Rotation,
        host_id: int,
        state: str,
        code: str = "",
        detail: str = "",
        attempts: int | None = None,
    ) -> None:
        more = {} if attempts is None else {"attempts": attempts}
        async with self._bench.database.session() as session:
            now = utc_now(self._bench.clock)
            await queries.mark_host(
                session, rotation.id, host_id, state=state, code=code, detail=detail, updated_at=now, **more
            )


def _expect(result: Result) -> None:
    """Raises what kept the login from going well."""
    failed = next((step for step in result.steps if step.ok is False), None)
    if failed is None:
        return
    if failed.name == "login":
        raise AuthFailed(
            f"The new key was put in place but the host does not let it in ({failed.detail}) The old key stays in use.",
            code="new_key_refused",
        )
    raise Unreachable(failed.detail, code=failed.code)


def _view(row: KeyRotation, counts: dict[str, int], found: list[KeyRotationHost]) -> RotationView:
    return RotationView(
        id=row.id,
        by=row.username,
        old_credential_id=row.old_credential_id,
        new_credential_id=row.new_credential_id,
        old_name=row.old_name,
        new_name=row.new_name,
        state=row.state,
        counts=counts,
        hosts=[
            RotationHostView(
                host_id=one.host_id, name=one.name, state=one.state, code=one.code, detail=one.detail,
                attempts=one.attempts, updated_at=one.updated_at,
            )
            for one in found
        ],
        created_at=row.created_at,
        updated_at=row.updated_at,
    )  # fmt: skip
