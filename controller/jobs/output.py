"""Looking at output: pieces, groups of hosts that said the same, search, and all of it as text."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.db import Database
from controller.core.errors import Invalid
from controller.hosts import queries as host_queries
from controller.jobs import queries, views
from controller.jobs.models import Job, JobHost
from controller.jobs.queries import Chunk
from controller.jobs.results.schemas import HostResult, Match, MatchPage, Output, OutputGroup, OutputGroups, Piece
from controller.jobs.states import HostState
from controller.users.rights import Principal

GROUP_TEXT = 16 << 10
MATCHES = 500
SEARCHED = 64 << 20  # bytes of output that one search looks through
LINE_SHOWN = 500


async def whose(
    session: AsyncSession, principal: Principal, row: Job, wanted: Collection[int] | None = None
) -> set[int] | None:
    """Whose output of the job the principal may read, 0 being the job's own; None: everybody's.

    The job's own names hosts: it is for those who see them all.
    """
    if principal.all_hosts:
        return None if wanted is None else set(wanted)
    hosts = {host.host_id for host in await queries.hosts(session, None, [row.id])}
    mine = await host_queries.visible_ids(session, principal, hosts)
    if mine == hosts:
        mine.add(0)
    return mine if wanted is None else mine & set(wanted)


def piece(chunk: Chunk) -> Piece:
    """As the API gives it."""
    return Piece(chunk.seq, chunk.host_id, chunk.at, queries.runs(chunk))


async def page(
    session: AsyncSession, row: Job, ids: set[int] | None, *, after: int, before: int | None, limit: int
) -> Output:
    """Some pieces: those after `after`, or the last ones before `before`."""
    chunks = await queries.chunks(session, row.id, ids, after=after, before=before, limit=limit)
    full = len(chunks) == limit
    following = chunks[-1].seq if chunks and (full or before is not None) else None
    earlier = chunks[0].seq if chunks and (full or before is None) and chunks[0].seq > 1 else None
    return Output([piece(chunk) for chunk in chunks], following, earlier)


async def groups(session: AsyncSession, principal: Principal, row: Job) -> OutputGroups:
    """Hosts that came out alike, the largest group first."""
    alike: dict[tuple[str, int | None, str | None, bool], list[JobHost]] = defaultdict(list)
    for host in await queries.hosts(session, principal, [row.id]):
        alike[host.state, host.exit_status, host.digest, host.bytes > 0].append(host)
    found = []
    for (state, status, digest, _), hosts in sorted(alike.items(), key=lambda one: -len(one[1])):
        text, cut = await _beginning(session, row.id, hosts[0].host_id) if digest is not None else ("", False)
        found.append(OutputGroup(HostState(state), status, digest, [views.host(host) for host in hosts], text, cut))
    return OutputGroups(found, len(found))


async def _beginning(session: AsyncSession, job_id: int, host_id: int) -> tuple[str, bool]:
    text, after = "", 0
    while len(text) <= GROUP_TEXT:
        chunks = await queries.chunks(session, job_id, [host_id], after=after, limit=2)
        if not chunks:
            return text, False
        text += "".join("".join(queries.runs(chunk)) for chunk in chunks)
        after = chunks[-1].seq
    return text[:GROUP_TEXT], True


async def search(session: AsyncSession, principal: Principal, row: Job, words: str, ids: set[int] | None) -> MatchPage:
    """Lines that hold the words, capitals alike, host by host. Raises Invalid for no words."""
    wanted = words.casefold()
    if not wanted.strip():
        raise Invalid("Say what to look for.")
    names = {host.host_id: host.name for host in await queries.hosts(session, principal, [row.id])}
    lines: dict[int, _Lines] = defaultdict(lambda: _Lines(wanted))
    found: list[Match] = []
    after = looked = 0
    while True:
        chunks = await queries.chunks(session, row.id, ids, after=after, limit=16)
        for chunk in chunks:
            for line, seq, text in lines[chunk.host_id].take(chunk):
                found.append(Match(chunk.host_id, names.get(chunk.host_id, ""), line, seq, text))
            looked += len(chunk.data)
        if not chunks or len(found) >= MATCHES or looked >= SEARCHED:
            break
        after = chunks[-1].seq
    for host_id, one in lines.items():
        found += [Match(host_id, names.get(host_id, ""), *hit) for hit in one.rest()]
    return MatchPage(found[:MATCHES], min(len(found), MATCHES), bool(chunks) or len(found) > MATCHES)


class _Lines:
    """One host's output by lines."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._rest = ""
        self._line = 0
        self._seq = 0

    def take(self, chunk: Chunk) -> list[tuple[int, int, str]]:
        """Lines that are whole now and hold what is wanted."""
        *whole, self._rest = (self._rest + "".join(queries.runs(chunk))).split("\n")
        self._rest = self._rest[-(1 << 20) :]
        self._seq = chunk.seq
        found = [self._hit(line) for line in whole]
        return [hit for hit in found if hit is not None]

    def rest(self) -> list[tuple[int, int, str]]:
        """The last one, if no line end followed."""
        hit = self._hit(self._rest) if self._rest else None
        return [hit] if hit is not None else []

    def _hit(self, line: str) -> tuple[int, int, str] | None:
        self._line += 1
        at = line.casefold().find(self._wanted)
        if at < 0:
            return None
        begin = max(0, at - LINE_SHOWN // 2)
        return self._line, self._seq, line[begin : begin + LINE_SHOWN]


async def text(
    database: Database, job_id: int, hosts: Sequence[HostResult], *, headings: bool, whole: bool
) -> AsyncGenerator[bytes, None]:
    """All output as text, host after host; `headings`: with a line before each; `whole`: the job's own first."""
    for host_id, name in [(0, "")] * whole + [(host.host_id, host.name) for host in hosts]:
        if headings and name:
            yield f"==> {name} <==\n".encode()
        after, last = 0, b"\n"
        while True:
            async with database.session() as session:  # none is held while somebody downloads slowly
                chunks = await queries.chunks(session, job_id, [host_id], after=after, limit=16)
            if not chunks:
                break
            after = chunks[-1].seq
            for chunk in chunks:
                last = chunk.data[-1:]
                yield chunk.data
        if headings and last != b"\n":
            yield b"\n"


def as_csv(hosts: Sequence[HostResult]) -> bytes:
    """Results as a table. A cell never begins like a formula: spreadsheets would run it."""
    file = io.StringIO()
    writer = csv.writer(file)
    names = HostResult.__struct_fields__
    writer.writerow(names)
    for host in hosts:
        plain = msgspec.to_builtins(host)
        writer.writerow([_cell(plain[name]) for name in names])
    return file.getvalue().encode()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
