"""Frames reach the database once each, whatever happens to it."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from controller.core.clock import SystemClock
from controller.core.db import Database
from controller.metrics import partitions
from controller.metrics.frames import FrameWriter
from tests.integration.metrics.conftest import Own
from tests.integration.metrics.relay import Relay
from tests.integration.metrics.stored import MIDNIGHT, SetClock, core, count, fetch, locked, slow, until

CPU = core("cpu/", "net/eth0")


@asynccontextmanager
async def writing(database: Database, buffer: int = 100_000) -> AsyncIterator[FrameWriter]:
    """A writer at work, that writes what is left at the end."""
    writer = FrameWriter(database, SetClock(MIDNIGHT), buffer, interval_s=0.02)
    writer.start()
    yield writer
    await writer.close()


def put(writer: FrameWriter, ticks: range, hosts: int = 10) -> int:
    """Put frames of so many hosts for each tick; how many."""
    for tick in ticks:
        for host in range(1, hosts + 1):
            writer.put(host, 0, MIDNIGHT + 10 * tick + host / 20, CPU, [float(tick), None if tick % 3 else host])
    return len(ticks) * hosts


async def test_frames_arrive_with_their_values_and_layout(database: Database) -> None:
    async with writing(database) as writer:
        writer.put(1, 0, MIDNIGHT + 0.05, CPU, [12.5, None])
        writer.put(1, 0, MIDNIGHT + 0.05, slow("disk/vda"), [7])
        writer.put(1, 9, MIDNIGHT + 0.05, CPU, [1.0, 2.0])
        writer.put(1, 0, MIDNIGHT + 0.05, core(), [])
        await until(lambda: writer.written == 3)
        rows = await fetch(
            database, 'select host_id, entity_id, extract(epoch from ts), layout_id, "values" from frame'
        )
        series = dict(await fetch(database, "select id, series from layout"))
    assert sorted((row[1], list(row[4])) for row in rows) == [(0, [7.0]), (0, [12.5, None]), (9, [1.0, 2.0])]
    assert {row[0] for row in rows} == {1}
    assert all(abs(float(row[2]) - MIDNIGHT - 0.05) < 1e-5 for row in rows)
    assert series == {CPU.id: [["cpu", ""], ["net", "eth0"]], slow("disk/vda").id: [["disk", "vda"]]}


async def test_closing_writes_what_waits(database: Database) -> None:
    writer = FrameWriter(database, SystemClock(), 100_000, interval_s=3600)
    writer.start()
    total = put(writer, range(1200))
    await writer.close()
    assert await count(database) == (total, total)


async def test_frames_on_both_sides_of_midnight_and_late_ones_find_their_day(database: Database) -> None:
    async with writing(database) as writer:
        for offset in (-0.001, 0.0, -5 * 86_400.0):
            writer.put(1, 0, MIDNIGHT + offset, CPU, [1.0, 1.0])
        await until(lambda: writer.written == 3)
        found = await fetch(database, "select tableoid::regclass::text from frame order by ts")
    assert [row[0] for row in found] == ["frame_20261119", "frame_20261123", "frame_20261124"]


async def test_a_day_that_retention_has_dropped_is_made_again(database: Database) -> None:
    async with writing(database) as writer, await database.raw() as connection:
        put(writer, range(1))
        await until(lambda: writer.written == 10)
        await connection.execute("drop table frame_20261124")
        put(writer, range(1, 2))
        await until(lambda: writer.written == 20)
        assert await count(database) == (10, 10)


async def test_the_same_frames_twice_are_stored_once(database: Database) -> None:
    async with writing(database) as writer:
        for _ in range(2):
            total = put(writer, range(5))
            await until(lambda: writer.waiting == 0)
        total = put(writer, range(3, 9)) + 30
        await until(lambda: writer.waiting == 0)
        assert await count(database) == (total, total)


async def test_a_server_that_is_away_loses_no_frame(own: Own) -> None:
    async with writing(own.database) as writer:
        total = put(writer, range(30))
        await until(lambda: writer.written == total)
        await own.server.stop()
        total += put(writer, range(30, 60))
        await asyncio.sleep(0.3)  # several attempts fail meanwhile
        assert writer.waiting == 300
        total += put(writer, range(60, 90))
        await own.server.start()
        await until(lambda: writer.waiting == 0)
        assert await count(own.database) == (total, total)
    assert writer.dropped == 0


async def test_a_server_that_freezes_loses_and_doubles_nothing(own: Own) -> None:
    async with writing(own.database) as writer:
        total = put(writer, range(30))
        await until(lambda: writer.written == total)
        query = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        rows = await fetch(own.database, query)
        frozen = [pid for (pid,) in rows if Path(f"/proc/{pid}").exists()]
        assert frozen
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        total += put(writer, range(30, 60))
        await asyncio.sleep(0.2)
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        await until(lambda: writer.waiting == 0)
        assert await count(own.database) == (total, total)


async def test_a_server_killed_at_work_loses_and_doubles_nothing(own: Own) -> None:
    async with writing(own.database) as writer:
        total = 0
        for turn in range(3):
            total += put(writer, range(turn * 1000, turn * 1000 + 1000))
            await until(lambda seen=writer.written: writer.written > seen)  # type: ignore[misc]
            assert own.server.pid is not None
            os.kill(own.server.pid, signal.SIGQUIT)  # no rollback, no goodbye: recovery at the next start
            await until(lambda: own.server.pid is None)
        await until(lambda: writer.waiting == 0, timeout_s=60)
        assert await count(own.database) == (total, total)
    assert writer.dropped == 0


async def test_a_session_ended_in_the_middle_of_a_copy_is_made_up_for(database: Database) -> None:
    async with await database.raw() as connection:
        await partitions.ensure(connection, partitions.FRAME, [partitions.utc_day(MIDNIGHT)])
    async with writing(database) as writer:
        async with locked(database, "frame_20261124") as end_waiting:
            total = put(writer, range(300))
            assert await end_waiting() == 1
        await until(lambda: writer.waiting == 0)
        assert await count(database) == (total, total)


async def test_a_commit_whose_answer_is_lost_is_not_repeated(database: Database, tmp_path: Path) -> None:
    socket = database.url.query["host"]
    assert isinstance(socket, str)
    relay = Relay(tmp_path, Path(socket))
    await relay.start()
    through = Database(database.url.set(query={"host": str(tmp_path)}))
    async with writing(through) as writer:
        total = put(writer, range(10))
        await until(lambda: writer.waiting == 0)
        for turn in range(1, 6):
            relay.lose_next_commit = True
            total += put(writer, range(turn * 10, turn * 10 + 10))
            await until(lambda: writer.waiting == 0)
    assert relay.lost == 5
    assert await count(database) == (total, total)
    await through.close()
    await relay.stop()


async def test_a_full_buffer_gives_up_the_oldest_and_counts_them(own: Own) -> None:
    async with writing(own.database, buffer=100) as writer:
        await own.server.stop()
        total = put(writer, range(25))
        assert (writer.waiting, writer.dropped) == (100, total - 100)
        await own.server.start()
        await until(lambda: writer.waiting == 0)
        rows = await fetch(own.database, 'select min("values"[1]), max("values"[1]), count(*) from frame')
    assert rows == [(15.0, 24.0, 100)]


async def test_what_cannot_be_written_at_the_end_does_not_keep_the_controller(own: Own) -> None:
    writer = FrameWriter(own.database, SystemClock(), 1000, interval_s=0.02)
    writer.start()
    await own.server.stop()
    put(writer, range(3))
    await writer.close(timeout_s=0.3)
    assert writer.waiting == 30
    await own.server.start()


async def test_layouts_in_use_are_noted_once_a_day(database: Database) -> None:
    clock = SetClock(MIDNIGHT)
    writer = FrameWriter(database, clock, 1000, interval_s=0.02)
    writer.start()
    for day in range(3):
        clock.at = MIDNIGHT + day * 86_400
        put(writer, range(day, day + 1))
        await until(lambda: writer.waiting == 0)
    await writer.close()
    rows = await fetch(database, "select used_on::text from layout")
    assert rows == [("2026-11-26",)]


@pytest.mark.parametrize("wrong", [2**31, -(2**31) - 1])
async def test_a_host_id_that_no_column_holds_is_the_callers_error(database: Database, wrong: int) -> None:
    writer = FrameWriter(database, SystemClock(), 10)
    with pytest.raises(struct.error):
        writer.put(wrong, 0, MIDNIGHT, CPU, [1.0, 2.0])
    assert writer.waiting == 0
