"""Recordings over HTTP: listed, replayed, downloaded, deleted. Whoever looks into one is written down."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from litestar import Request, Router, delete, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, Parameter, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.db import Database
from controller.core.errors import Forbidden, NotFound
from controller.recordings.models import Recording
from controller.recordings.queries import Filter
from controller.recordings.schemas import RecordingPage, RecordingView
from controller.recordings.service import RecordingStore
from controller.users import preferences
from controller.users.door import Door
from controller.users.rights import Action, Principal, require
from controller.users.routes import knock_of

Session = Given[AsyncSession]
Caller = Given[Principal]
Store = Given[RecordingStore]
Id = Annotated[int | None, Parameter(ge=0, le=2**63 - 1)]
ASCIICAST = "application/x-asciicast"


class Encoding(StrEnum):
    """How the data of an event is written: as text that any player reads, or exactly."""

    TEXT = "text"
    BASE64 = "base64"


@get("/recordings", summary="List recordings")
async def list_recordings(
    *,
    session: Session,
    principal: Caller,
    recordings: Store,
    host_id: Id = None,
    user_id: Id = None,
    search: Annotated[str, Parameter(max_length=200, description="In user, host and command.")] = "",
    before: Id = None,
    limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
) -> RecordingPage:
    """Sessions that were recorded on hosts that you see, newest first."""
    found = await recordings.find(session, principal, Filter(host_id, user_id, search, before, limit))
    days = (await preferences.read(session)).recording.days
    return RecordingPage([_view(row, days) for row in found.rows], found.total)


@get("/recordings/{recording_id:int}", summary="Show a recording's particulars")
async def show(recording_id: FromPath[int], session: Session, principal: Caller, recordings: Store) -> RecordingView:
    """Who, where, when, how much; not what was shown."""
    row = await recordings.get(session, principal, recording_id)
    return _view(row, (await preferences.read(session)).recording.days)


@get(
    "/recordings/{recording_id:int}/cast",
    summary="Replay or download a recording",
    media_type=ASCIICAST,
    response_headers=[],
)
async def cast(
    *,
    recording_id: FromPath[int],
    request: Request[Any, Any, Any],
    door: Given[Door],
    database: Given[Database],
    principal: Caller,
    recordings: Store,
    author: Given[Actor],
    download: Annotated[bool, QueryParameter(description="As a file to keep.")] = False,
    encoding: Annotated[Encoding, QueryParameter(description="base64: the very bytes.")] = Encoding.TEXT,
) -> Stream:
    """An asciicast, version 2. With `encoding=base64` the data of "o" and "i" is Base64 of the very bytes."""
    async with database.session() as session:
        row = await recordings.get(session, principal, recording_id)
        session.expunge(row)
    knock = knock_of(request)

    async def still() -> bool:
        now = await door.renew(knock)
        async with database.session() as session:
            try:
                return now is not None and bool(await recordings.get(session, now, recording_id))
            except (NotFound, Forbidden):
                return False

    pieces = await recordings.cast(row, exact=encoding is Encoding.BASE64, still=still)
    async with database.session() as session:
        await audit.record(
            session,
            author,
            "recording.download" if download else "recording.replay",
            kind="recording",
            object_id=row.id,
            name=row.host_name,
            detail={"user": row.username, "started_at": row.started_at.isoformat()},
        )
    headers = {"content-disposition": f'attachment; filename="recording-{row.id}.cast"'} if download else {}
    return Stream(pieces, media_type=ASCIICAST, headers=headers)


@delete("/recordings/{recording_id:int}", summary="Delete a recording")
async def remove(
    recording_id: FromPath[int], session: Session, principal: Caller, recordings: Store, author: Given[Actor]
) -> None:
    """One that has ended, for good."""
    row = await recordings.get(session, principal, recording_id)
    require(principal, Action.RECORDINGS_DELETE)
    await recordings.remove(session, author, row)


router = Router("/", route_handlers=[list_recordings, show, cast, remove], tags=["Recordings"])


def _view(row: Recording, days: int) -> RecordingView:
    known = {name: getattr(row, name) for name in RecordingView.__struct_fields__ if hasattr(Recording, name)}
    ended = row.ended_at
    return RecordingView(
        **known,
        duration_s=(ended - row.started_at).total_seconds() if ended is not None else None,
        expires_at=ended + timedelta(days=days) if ended is not None else None,
    )
