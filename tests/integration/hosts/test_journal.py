from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from controller.core.db import Database
from controller.hosts import events, keys, queries, service
from controller.hosts.board import Board, HostStatus, Latest, Transition
from controller.hosts.journal import Journal
from controller.hosts.models import HostEvent, HostFacts
from controller.hosts.news import HostAdded, HostChanged, HostEventWritten, HostRemoved
from controller.hosts.schemas import HostChanges
from controller.hosts.states import HostState
from controller.ssh import hostkeys
from controller.ssh.target import LineState, LineStatus
from tests.integration.hosts.conftest import House
from tests.support.sshd import make_key


def frame(house: House, host_id: int) -> None:
    at = house.clock.now()
    latest = Latest(at, (("cpu_percent", ""),), (1.0,))
    house.board.frame_arrived(host_id, "core", latest, lambda: {"cpu_percent": 1.0}, 1.0)


def journal(house: House) -> Journal:
    return Journal(house.board, house.roll, house.database, house.bus, house.clock)


def status(board: Board, host_id: int) -> HostStatus:
    found = board.get(host_id)
    assert found is not None
    return found


async def kinds(house: House, host_id: int) -> list[str]:
    async with house.database.session() as session:
        found = (await events.page(session, host_id, start=None, end=None, limit=100)).items
    return [event.kind for event in reversed(found)]


async def test_what_the_board_sees_is_written_and_told(house: House) -> None:
    host_id = await house.add("h")
    writer = journal(house)
    frame(house, host_id)
    await writer.step()
    house.clock.seconds += 31
    await writer.step()
    await writer.step()
    assert await kinds(house, host_id) == ["up", "down"]
    told = house.told(HostEventWritten)
    assert [(event.kind, event.host_id) for event in told if isinstance(event, HostEventWritten)] == [
        ("up", host_id),
        ("down", host_id),
    ]


async def test_a_restart_remembers_states_facts_and_sees_reboots(house: House) -> None:
    up, down, off = await house.add("up"), await house.add("down"), await house.add("off", enabled=False)
    writer = journal(house)
    began = house.clock.now()
    for host_id in (up, down):
        frame(house, host_id)
        house.board.facts(host_id, {"boot_id": "one", "os_name": "Debian"}, began)
    house.clock.seconds += 20
    frame(house, up)
    house.clock.seconds += 20
    await writer.step()
    later = House(house.database)
    later.clock.seconds = house.clock.seconds + 100
    async with later.database.session() as session:
        await later.roll.fill(session)
    assert [s.state for s in later.board] == [HostState.CONNECTING, HostState.CONNECTING, HostState.DISABLED]
    assert status(later.board, up).facts == {"boot_id": "one", "os_name": "Debian"}
    frame(later, up)
    later.board.booted(up, "two", later.clock.now())
    refused = LineStatus(LineState.DOWN, "Nothing listens.", "refused", later.clock.now())
    later.board.line_changed(down, refused, later.clock.now())
    assert status(later.board, up).since == began
    assert (status(later.board, down).state, status(later.board, down).since) == (HostState.DOWN, began)
    await journal(later).step()
    assert await kinds(later, up) == ["up", "reboot"]
    assert await kinds(later, down) == ["up", "down"]
    assert await kinds(later, off) == []


async def test_a_host_deleted_meanwhile_does_not_stop_the_others(house: House) -> None:
    gone, here = await house.add("gone"), await house.add("here")
    for host_id in (gone, here):
        frame(house, host_id)
        house.board.facts(host_id, {"os_name": "x"}, 1.0)
    async with house.database.session() as session:
        await session.execute(text("delete from host where id = :id"), {"id": gone})
    await journal(house).step()
    assert await kinds(house, here) == ["up"]
    async with house.database.session() as session:
        assert list(await session.scalars(select(HostFacts.host_id))) == [here]


async def test_a_database_that_is_away_loses_no_event(house: House) -> None:
    host_id = await house.add("h")
    frame(house, host_id)
    house.board.facts(host_id, {"os_name": "x"}, 1.0)
    away = Database(make_url("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    with pytest.raises(SQLAlchemyError):
        await Journal(house.board, house.roll, away, house.bus, house.clock).step()
    await away.close()
    await journal(house).step()
    assert await kinds(house, host_id) == ["up"]
    async with house.database.session() as session:
        assert await queries.facts(session) == {host_id: {"os_name": "x"}}


async def test_what_another_process_changes_is_noticed_once(house: House) -> None:
    own = await house.add("own")
    elsewhere = House(house.database, clock=house.clock)
    async with elsewhere.database.session() as session:
        await elsewhere.roll.fill(session)
    writer = journal(house)
    other = await elsewhere.add("other")
    async with elsewhere.database.session() as session:
        await service.change(session, elsewhere.act(), own, HostChanges(enabled=False))
    house.news.clear()
    await writer.step(compare=True)
    await writer.step(compare=True)
    assert [type(news) for news in house.news] == [HostChanged, HostAdded]
    assert status(house.board, own).state is HostState.DISABLED
    assert status(house.board, other).state is HostState.CONNECTING
    async with elsewhere.database.session() as session:
        await service.remove(session, elsewhere.act(), own)
    house.news.clear()
    await writer.step(compare=True)
    assert house.news == [HostRemoved(own)]


async def test_what_this_process_changes_is_not_told_twice(house: House) -> None:
    host_id = await house.add("h")
    async with house.database.session() as session:
        await service.change(session, house.act(), host_id, HostChanges(note="x"))
    house.news.clear()
    await journal(house).step(compare=True)
    assert house.news == []


async def test_an_approved_key_replaces_the_pin_and_both_are_recorded(house: House, tmp_path: Path) -> None:
    first, second = (
        hostkeys.read(make_key(tmp_path / name).with_suffix(".pub").read_text()) for name in ("first", "second")
    )
    host_id = await house.add("h", host_key=first.line)
    line = LineStatus(LineState.KEY_CHANGED, "Another key.", "key_changed", 1.0, None, second)
    house.board.line_changed(host_id, line, 1.0)
    async with house.database.session() as session:
        row = await queries.find(session, host_id)
        assert row is not None
        with pytest.raises(Exception, match="another key meanwhile"):
            await keys.approve(session, house.act(), house.board, row, first.fingerprint)
        await keys.approve(session, house.act(), house.board, row, second.fingerprint)
        view = await keys.view(session, house.board, host_id)
        assert [key.fingerprint for key in view.pinned] == [second.fingerprint]
        detail = (await session.scalars(select(HostEvent.detail).order_by(HostEvent.id.desc()))).first()
    assert detail == {"fingerprint": second.fingerprint, "before": [first.fingerprint], "by": "user1"}
    house.board.line_changed(host_id, LineStatus(LineState.CONNECTING, "", "", 2.0), 2.0)
    async with house.database.session() as session:
        with pytest.raises(Exception, match="presents no key"):
            await keys.approve(session, house.act(), house.board, row, second.fingerprint)


async def test_events_are_cut_by_time_and_number(house: House) -> None:
    host_id = await house.add("h")
    for seconds in (0, 100, 200):
        house.board._outbox.append(Transition(host_id, house.clock.now() + seconds, "up", {}))
    await journal(house).step()
    async with house.database.session() as session:
        all_of_them = (await events.page(session, host_id, start=None, end=None, limit=100)).items
        middle = all_of_them[1].at
        assert [e.at for e in (await events.page(session, host_id, start=middle, end=None, limit=1)).items] == [
            all_of_them[0].at
        ]
        assert [e.at for e in (await events.page(session, host_id, start=None, end=middle, limit=9)).items] == [
            all_of_them[2].at
        ]
