"""Recordings: begun, ended, listed, replayed, deleted, and ended for good by retention."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import Conflict, NotFound, Unavailable
from controller.core.secrets import KEY_BYTES, Secret, Vault, VaultError
from controller.hosts import queries as hosts
from controller.recordings import asciicast, queries, sealed
from controller.recordings.live import LiveRecorder, Terms
from controller.recordings.models import Recording
from controller.terminal.recorders import Meta
from controller.users import preferences
from controller.users.rights import Action, Principal, allows, require, sees

log = structlog.get_logger()
FOLDER_MODE = 0o700
SWEEP_S = 3600.0
TRIES = 5  # to write how a recording ended, while the database is away
LONGEST_COMMAND = 4000
ORPHAN = timedelta(days=1)
RENEW_S = 15.0
SYSTEM = Actor("system", None, "retention")
Still = Callable[[], Awaitable[bool]]


class RecordingStore:
    """All recordings of this controller; `folder` holds their files."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, folder: Path) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._folder = folder
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="recording")
        self._live: dict[int, LiveRecorder] = {}

    # its life

    async def open(self) -> None:
        """Say of what an earlier controller left behind how it ended. Call it before sessions begin."""
        async with self._database.session() as session:
            for row in await queries.running(session):
                size, ended_at = await asyncio.to_thread(_traces, self._folder / row.file)
                row.state, row.size_bytes = "interrupted", size
                row.ended_at = max(ended_at or row.started_at, row.started_at)
                row.reason = "Moorline was ended while the session ran; what was written until then is here."

    async def run(self) -> None:
        """Keep to retention, until cancelled."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, OSError) as error:
                log.warning("recordings.sweep_failed", error=str(error)[:300])
            await asyncio.sleep(SWEEP_S)

    async def close(self) -> None:
        """End what still records, and wait until it is written."""
        live = list(self._live.values())
        for recorder in live:
            recorder.close("Moorline was stopped.")
        await asyncio.gather(*(recorder.task for recorder in live), return_exceptions=True)
        await asyncio.to_thread(self._threads.shutdown)

    # recording

    async def start(self, meta: Meta) -> LiveRecorder | None:
        """See `terminal.recorders.Recorders`."""
        key, name = secrets.token_bytes(KEY_BYTES), f"{secrets.token_hex(16)}.rec"
        path = self._folder / name
        try:
            async with self._database.session() as session:
                wanted = (await preferences.read(session)).recording
                if not wanted.enabled:
                    return None
                writer = await asyncio.to_thread(_begin, path, key)
                try:
                    row = _row(meta, name, utc_now(self._clock), with_input=wanted.input)
                    session.add(row)
                    await session.flush()
                    row.sealed_key = self._vault.seal(Secret(base64.b64encode(key).decode()), _place(row.id))
                    await session.flush()
                except BaseException:
                    writer.close()
                    path.unlink()
                    raise
        except (SQLAlchemyError, OSError) as error:
            log.warning("recording.not_started", error=str(error)[:300])
            raise Unavailable(
                "The session has to be recorded and cannot be: the disk or the database of Moorline does not take it."
            ) from None
        terms = Terms(wanted.input, wanted.limit_mib << 20)
        made = LiveRecorder(row.id, writer, terms, clock=self._clock, threads=self._threads, ended=self._finish)
        self._live[row.id] = made
        return made

    async def _finish(self, recorder: LiveRecorder, reason: str) -> None:
        if recorder.failure:
            reason = f"{reason} The recording is not whole: {recorder.failure}.".strip()
        for attempt in range(TRIES):
            try:
                async with self._database.session() as session:
                    row = await session.get(Recording, recorder.id)
                    if row is not None:
                        _note(row, recorder)
                        row.state, row.reason, row.ended_at = "ended", reason[:500], utc_now(self._clock)
                break
            except (SQLAlchemyError, OSError) as error:
                log.warning("recording.end_not_stored", recording_id=recorder.id, error=str(error)[:300])
                await asyncio.sleep(2.0 * attempt)
        self._live.pop(recorder.id, None)

    # looking

    async def find(self, session: AsyncSession, principal: Principal, wanted: queries.Filter) -> queries.Found:
        """Recordings of the hosts that the principal sees. Raises Forbidden without the right."""
        require(principal, Action.RECORDINGS_READ)
        found = await queries.find(session, principal, wanted)
        for row in found.rows:
            self.refresh(row)
        return found

    async def get(self, session: AsyncSession, principal: Principal, recording_id: int) -> Recording:
        """One recording. Raises NotFound where its host is not seen, Forbidden without the right."""
        row = await session.get(Recording, recording_id) if 0 < recording_id < 1 << 63 else None
        if row is None or not allows(principal, Action.HOSTS_READ):
            raise NotFound("There is no such recording.")
        host = await hosts.find(session, row.host_id) if row.host_id is not None else None
        if not sees(principal, host.group_ids if host is not None else ()):
            raise NotFound("There is no such recording.")
        require(principal, Action.RECORDINGS_READ)
        self.refresh(row)
        return row

    def refresh(self, row: Recording) -> None:
        """Put in how far a recording is that runs."""
        live = self._live.get(row.id)
        if live is not None and row.state == "running":
            _note(row, live)

    async def cast(self, row: Recording, *, exact: bool, still: Still) -> AsyncIterator[bytes]:
        """The recording as an asciicast, a piece at a time. Raises NotFound, Unavailable before the first piece.

        Whether the caller may still is asked by `still` once in a while: who takes it slowly keeps no right by that.
        """
        live = self._live.get(row.id)
        if live is not None:
            await live.flush()
        about = {name: getattr(row, name) for name in ("id", "kind", "via", "command", "state")}
        shown = asciicast.Shown(
            row.columns, row.rows, row.term, row.started_at.timestamp(), f"{row.username} on {row.host_name}", about
        )
        first = asciicast.header(shown, exact=exact)
        pieces = asciicast.lines(sealed.read(self._folder / row.file, self._key(row)), exact=exact)
        return self._pieces(first, pieces, await self._next(pieces), still)

    async def _pieces(self, first: bytes, pieces: Any, second: bytes | None, still: Still) -> AsyncIterator[bytes]:
        yield first
        piece, looked_at = second, self._clock.monotonic()
        while piece is not None:
            yield piece
            if self._clock.monotonic() - looked_at >= RENEW_S:
                looked_at = self._clock.monotonic()
                if not await still():
                    yield asciicast.note_behind(piece, "It ends here: you may no longer look at this recording.")
                    return
            piece = await self._next(pieces)

    async def _next(self, pieces: Any) -> bytes | None:
        try:
            piece: bytes | None = await asyncio.to_thread(next, pieces, None)
        except FileNotFoundError:
            raise NotFound(
                "The file of this recording is gone. Restore it from your backup, or delete the recording."
            ) from None
        except (VaultError, OSError) as error:
            raise Unavailable(f"The recording cannot be read: {error}.") from None
        return piece

    def _key(self, row: Recording) -> bytes:
        try:
            return base64.b64decode(self._vault.open(row.sealed_key, _place(row.id)).reveal())
        except VaultError as error:
            raise Unavailable(f"The recording cannot be opened: {error}.") from None

    # ending for good

    async def remove(self, session: AsyncSession, actor: Actor, row: Recording) -> None:
        """Delete one that has ended. Raises Conflict while it is written."""
        if row.state == "running":
            raise Conflict("The session still runs. End it first.", code="running")
        await session.delete(row)
        detail = {"user": row.username, "started_at": row.started_at.isoformat()}
        await audit.record(session, actor, "recording.delete", kind="recording", object_id=row.id,
                           name=row.host_name, detail=detail)  # fmt: skip
        await session.flush()
        await asyncio.to_thread(_drop, [self._folder / row.file])

    async def sweep(self) -> int:
        """Delete what is older than retention says, and files that belong to nothing; how many recordings went."""
        now = utc_now(self._clock)
        async with self._database.session() as session:
            days = (await preferences.read(session)).recording.days
            rows = await queries.ended_before(session, now - timedelta(days=days))
            for row in rows:
                await session.delete(row)
            if rows:
                await audit.record(session, SYSTEM, "recording.expire", kind="recording", object_id=None,
                                   name="recordings", detail={"count": len(rows), "days": days})  # fmt: skip
            known = set(await session.scalars(select(Recording.file))) - {row.file for row in rows}
        await asyncio.to_thread(_drop, [self._folder / row.file for row in rows])
        await asyncio.to_thread(_drop_orphans, self._folder, known, now - ORPHAN)
        return len(rows)


async def samples(session: AsyncSession) -> list[tuple[bytes, str]]:
    """What the key file has to open: a recording's key for each master key, and its place."""
    return [(row.sealed_key, _place(row.id)) for row in await queries.one_of_each_key(session)]


def _row(meta: Meta, name: str, now: datetime, *, with_input: bool) -> Recording:
    return Recording(
        file=name,
        sealed_key=b"",
        host_id=meta.host_id,
        host_name=meta.host_name,
        user_id=meta.user_id,
        username=meta.username,
        kind=meta.kind,
        via=meta.via,
        command=meta.command.replace("\0", "")[:LONGEST_COMMAND],
        term=meta.term[:100],
        columns=meta.columns,
        rows=meta.rows,
        started_at=now,
        ended_at=None,
        state="running",
        reason="",
        size_bytes=0,
        output_bytes=0,
        gap_bytes=0,
        truncated=False,
        with_input=with_input,
    )


def _note(row: Recording, recorder: LiveRecorder) -> None:
    row.size_bytes = recorder.size_bytes
    row.output_bytes = recorder.output_bytes
    row.gap_bytes = recorder.gap_bytes
    row.truncated = recorder.truncated


def _place(recording_id: int) -> str:
    return f"recording/{recording_id}/key"


def _begin(path: Path, key: bytes) -> sealed.Writer:
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    return sealed.Writer(path, key)


def _traces(path: Path) -> tuple[int, datetime | None]:
    try:
        found = path.stat()
    except OSError:
        return 0, None
    return found.st_size, datetime.fromtimestamp(found.st_mtime, UTC)


def _drop(paths: list[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _drop_orphans(folder: Path, known: set[str], before: datetime) -> None:
    for path in folder.glob("*.rec"):
        _, touched = _traces(path)
        if path.name not in known and touched is not None and touched < before:
            _drop([path])
