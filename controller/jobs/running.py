"""One job while it runs: what is known of each of its hosts, and what waits to be written.

Everything here is in memory and waits for nothing. `take` hands over what has to be written; once it is, `written`
makes room. So a database that is slow holds the hosts up, and memory stays as it is.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from controller.core.clock import Clock, utc_now
from controller.jobs import clean
from controller.jobs.kind import Limits, TaskEvent
from controller.jobs.masks import Mask
from controller.jobs.progress import Batch, HostProgress, Stream, next_piece
from controller.jobs.states import HOST_OPEN, HostState, count

HIGH = 4 << 20  # bytes that may wait before hosts are held up
BATCH = 4 << 20  # bytes that are written at a time
NOTE_MAX = 1000
FILE_MAX = 16 << 20


class Run:
    """A running job; the Report of its executor."""

    def __init__(
        self, job_id: int, hosts: Sequence[tuple[int, str]], needles: tuple[bytes, ...], limits: Limits, clock: Clock
    ) -> None:
        self.job_id = job_id
        self.version = 1
        self.dirty = asyncio.Event()
        self.stored = asyncio.Event()  # set for a moment after each write; see `changed`
        self.last_seq = 0
        self.statistics: dict[str, Any] = {}
        self.output_bytes = 0
        self.kept_bytes = 0
        self.capped = False
        self._needles = needles
        self._clock = clock
        self._room = asyncio.Event()
        self._room.set()
        self._job_limit = limits.job_output_mib << 20
        self._waiting = 0
        self._touched: set[int] = set()
        self._job_touched = False
        self._events: dict[tuple[str, int], dict[str, Any]] = {}
        self._event_seq = 0
        self._files: list[dict[str, Any]] = []
        self._facts: list[tuple[int, Mapping[str, Any]]] = []
        limit = limits.host_output_mib << 20
        self.whole = self._stream(0, self._job_limit)
        self.hosts = {
            host_id: HostProgress(host_id, name, self._stream(host_id, limit), version=1) for host_id, name in hosts
        }
        self._filled: dict[int, Stream] = {}

    @property
    def counts(self) -> dict[str, int]:
        """Hosts by state, now."""
        return count(host.state for host in self.hosts.values())

    def _stream(self, host_id: int, limit: int) -> Stream:
        return Stream(host_id, limit, (Mask(self._needles), Mask(self._needles)))

    # the executor's side

    def host_started(self, host_id: int) -> None:
        """See `kind.Report`."""
        host = self.hosts.get(host_id)
        if host is None or host.state not in HOST_OPEN:
            return
        host.state = HostState.RUNNING
        host.started_at = host.started_at or utc_now(self._clock)
        host.attempts += 1
        self._touch(host)

    def output(self, host_id: int | None, data: bytes, *, error: bool = False) -> None:
        """See `kind.Report`."""
        stream = self.whole if host_id is None else self.hosts[host_id].stream if host_id in self.hosts else None
        if stream is None or stream.done or not data:
            return
        shown = stream.whole(stream.masks[error].take(data), error)
        if shown:
            self._take_output(stream, shown, error)

    def host_ended(
        self,
        host_id: int,
        state: HostState,
        *,
        exit_status: int | None = None,
        note: str = "",
        may_still_run: bool = False,
    ) -> None:
        """See `kind.Report`."""
        host = self.hosts.get(host_id)
        if host is None or host.state not in HOST_OPEN:
            return
        self._finish(host.stream)
        host.state, host.exit_status, host.may_still_run = state, exit_status, may_still_run
        host.note = self._masked(clean.text(note))[:NOTE_MAX]
        host.ended_at = utc_now(self._clock) if host.started_at is not None else None
        host.digest = host.stream.digest()
        self._touch(host)

    def event(self, event: TaskEvent) -> None:
        """See `kind.Report`."""
        if event.host_id is not None and event.host_id not in self.hosts:
            return
        self._event_seq += 1
        key = (event.step[:200], event.host_id or 0)
        self._events[key] = {
            "job_id": self.job_id,
            "step": clean.text(key[0]),
            "host_id": key[1],
            "position": event.index,
            "seq": self._event_seq,
            "play": clean.text(event.play)[:300],
            "title": self._masked(clean.text(event.title))[:500],
            "action": clean.text(event.action)[:200],
            "state": event.state,
            "started_at": event.started_at,
            "ended_at": event.ended_at,
            "result": clean.document(event.result, self._needles),
            "diff": self._masked(clean.text(event.diff))[: clean.DOCUMENT_MAX],
        }
        self.dirty.set()

    def facts(self, host_id: int, facts: Mapping[str, Any]) -> None:
        """See `kind.Report`."""
        if host_id in self.hosts:
            self._facts.append((host_id, facts))
            self.dirty.set()

    def stats(self, stats: Mapping[str, Any]) -> None:
        """See `kind.Report`."""
        self.statistics |= clean.document(stats, self._needles)
        self._job_touched = True
        self.dirty.set()

    def file(self, host_id: int, name: str, data: bytes, note: str = "") -> None:
        """See `kind.Report`."""
        if host_id not in self.hosts:
            return
        if len(data) > FILE_MAX:
            data, note = data[:FILE_MAX], f"Only the first {FILE_MAX >> 20} MiB were kept."
        self._files.append(
            {
                "job_id": self.job_id,
                "host_id": host_id,
                "name": clean.text(name)[:1000],
                "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "note": clean.text(note)[:NOTE_MAX],
                "data": data,
            }
        )
        self._hold(len(data))
        self.dirty.set()

    @property
    def full(self) -> bool:
        """See `kind.Report`."""
        return not self._room.is_set()

    async def room(self) -> None:
        """See `kind.Report`."""
        await self._room.wait()

    # the engine's side

    def close(self, state: HostState, note: str, *, never_begun: HostState, may_still_run: bool = False) -> None:
        """End every host that has not ended."""
        for host in self.hosts.values():
            if host.state is HostState.RUNNING:
                self.host_ended(host.host_id, state, note=note, may_still_run=may_still_run)
            elif host.state is HostState.PENDING:
                self.host_ended(host.host_id, never_begun, note=note)
        self._finish(self.whole)

    def take(self) -> Batch:
        """What is to be written next; it is not handed out again: keep it until it is written."""
        self.dirty.clear()
        chunks, size = self._take_chunks()
        hosts = [self._host_row(self.hosts[host_id]) for host_id in sorted(self._touched)]
        self._touched.clear()
        events, self._events = list(self._events.values()), {}
        files, self._files = self._files, []
        facts, self._facts = self._facts, []
        size += sum(len(file["data"]) for file in files)
        job: dict[str, Any] = {}
        if chunks or hosts or self._job_touched:
            job = {
                "counts": self.counts,
                "stats": dict(self.statistics),
                "output_bytes": self.output_bytes,
                "kept_bytes": self.kept_bytes,
                "capped": self.capped,
            }
            self._job_touched = False
        if self._filled:
            self.dirty.set()  # there is more
        return Batch(chunks, hosts, events, files, facts, job, size)

    def written(self, batch: Batch) -> None:
        """It is stored: room for more, and those who look are told."""
        self._waiting -= batch.size
        if self._waiting < HIGH // 2:
            self._room.set()
        if batch.chunks:
            self.last_seq = max(self.last_seq, batch.chunks[-1]["seq"])
        self.version += 1
        self.changed()

    def changed(self) -> None:
        """Wake whoever looks."""
        event, self.stored = self.stored, asyncio.Event()
        event.set()

    # how

    def _take_output(self, stream: Stream, data: bytes, error: bool) -> None:
        stream.said += len(data)
        self.output_bytes += len(data)
        stream.hashes[error].update(data)
        room = min(stream.limit - stream.kept, self._job_limit - self.kept_bytes)
        if stream.dropped or len(data) > room:
            room = 0 if stream.dropped else max(0, room)
            room -= clean.begun(data[:room])
            kept, data = data[:room], data[room:]
            stream.drop(data, error)
            self.capped = True
        else:
            kept = data
        if kept:
            self._keep(stream, kept, error)
        host = self.hosts.get(stream.host_id)
        if host is not None:
            self._touch(host)

    def _keep(self, stream: Stream, data: bytes, error: bool) -> None:
        stream.keep(data, error)
        self.kept_bytes += len(data)
        self._filled[stream.host_id] = stream
        self._job_touched = True
        self._hold(len(data))
        self.dirty.set()

    def _hold(self, size: int) -> None:
        self._waiting += size
        if self._waiting > HIGH:
            self._room.clear()

    def _finish(self, stream: Stream) -> None:
        """Nothing more comes: what was held back, and of a capped output its end."""
        if stream.done:
            return
        for error in (False, True):
            rest = stream.begun[error] + stream.masks[error].rest()
            if rest:
                self._take_output(stream, rest, error)
        stream.done = True
        if stream.dropped:
            gone = stream.dropped - stream.tail_bytes
            if gone > 0:
                self._keep(stream, f"\n[Moorline left out {gone} bytes here]\n".encode(), True)
            for error, data in stream.tail:
                self._keep(stream, data, error)
            stream.tail.clear()

    def _take_chunks(self) -> tuple[list[dict[str, Any]], int]:
        chunks: list[dict[str, Any]] = []
        size = 0
        for host_id, stream in list(self._filled.items()):
            while size < BATCH and (piece := next_piece(stream)) is not None:
                parts, data = piece
                self._chunk_seq += 1
                chunks.append(
                    {
                        "job_id": self.job_id,
                        "seq": self._chunk_seq,
                        "host_id": host_id,
                        "at": utc_now(self._clock),
                        "size": len(data),
                        "parts": parts,
                        "data": data,
                    }
                )
                size += len(data)
            if not stream.segments:
                del self._filled[host_id]
        return chunks, size

    _chunk_seq = 0

    def _host_row(self, host: HostProgress) -> dict[str, Any]:
        stream = host.stream
        return {
            "job": self.job_id,
            "host": host.host_id,
            "state": host.state.value,
            "exit_status": host.exit_status,
            "may_still_run": host.may_still_run,
            "note": host.note,
            "attempts": host.attempts,
            "started_at": host.started_at,
            "ended_at": host.ended_at,
            "digest": host.digest,
            "bytes": stream.said,
            "kept_bytes": stream.kept,
            "capped": bool(stream.dropped),
        }

    def _touch(self, host: HostProgress) -> None:
        self.version += 1
        host.version = self.version
        self._touched.add(host.host_id)
        self._job_touched = True
        self.dirty.set()

    def _masked(self, text: str) -> str:
        return clean.masked(text, self._needles)
