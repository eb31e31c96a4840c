from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from controller.core.errors import Conflict, Forbidden, Invalid, NotFound
from controller.hosts import credentials, groups, queries, service
from controller.hosts.models import Credential, HostEvent
from controller.hosts.news import HostAdded, HostChanged, HostEventWritten, HostKeyApproved, HostRemoved, RetryAsked
from controller.hosts.schemas import HostChanges, NewHost
from controller.hosts.states import HostState
from controller.users.rights import Role
from tests.integration.hosts.conftest import House, password, principal

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


async def change(house: House, host_id: int, who: object = None, **fields: object) -> None:
    async with house.database.session() as session:
        await service.change(session, house.act(who), host_id, HostChanges(**fields))  # type: ignore[arg-type]


async def remove(house: House, host_id: int, who: object = None) -> None:
    async with house.database.session() as session:
        await service.remove(session, house.act(who), host_id)  # type: ignore[arg-type]


async def credential(house: House, who: object, name: str = "c") -> int:
    async with house.database.session() as session:
        return await credentials.add(session, house.act(who), password(name))  # type: ignore[arg-type]


async def found(house: House, host_id: int) -> queries.HostRow:
    async with house.database.session() as session:
        row = await queries.find(session, host_id)
    assert row is not None
    return row


async def test_a_host_is_added_with_all_it_has_and_told_after_the_commit(house: House) -> None:
    group = await house.group("web")
    host_id = await house.add(
        " Web  1 ", address="WEB1.Example.org.", group_ids=[group], tags=["B", "a b"], note="x\n", host_key=KEY,
        credential=password(), counted_interfaces=["eth0"],
    )  # fmt: skip
    row = await found(house, host_id)
    assert (row.name, row.address, row.port) == ("Web 1", "web1.example.org", 22)
    assert (row.group_ids, row.tags, row.note, row.counted_interfaces) == ((group,), ("a-b", "b"), "x", ("eth0",))
    assert house.told(HostAdded) == [HostAdded(host_id, 1, True, frozenset({group}), ("eth0",))]
    assert house.told(HostKeyApproved) == [HostKeyApproved(host_id)]
    status = house.board.get(host_id)
    assert status is not None
    assert (status.state, status.group_ids) == (HostState.CONNECTING, frozenset({group}))


async def test_nothing_is_told_when_the_transaction_fails(house: House) -> None:
    async def fail_late() -> None:
        async with house.database.session() as session:
            await service.add(session, house.act(), NewHost(name="a", address="192.0.2.1", username="root"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_late()
    assert house.news == []
    assert len(house.board) == 0


async def test_all_that_is_wrong_is_said_at_once(house: House) -> None:
    with pytest.raises(Invalid) as caught:
        await house.add("", address="-oProxyCommand=x", port=0, username="a b", tags=["\0"], note="\0")
    assert {error.field for error in caught.value.errors} >= {"address", "port", "username", "tags", "note"}
    with pytest.raises(Invalid, match="public key"):
        await house.add("k", host_key="ssh-ed25519 no")
    with pytest.raises(Invalid, match="not both"):
        await house.add("k", credential=password(), credential_id=1)


async def test_names_are_unique_whatever_the_capitals(house: House) -> None:
    first = await house.add("Web")
    with pytest.raises(Conflict, match="this name"):
        await house.add("wEB")
    second = await house.add("db")
    with pytest.raises(Conflict, match="this name"):
        await change(house, second, name="WEB")
    await change(house, first, name="WEB")
    assert (await found(house, first)).name == "WEB"


async def test_a_host_without_a_name_is_called_by_its_address(house: House) -> None:
    assert (await found(house, await house.add(""))).name == "192.0.2.10"


async def test_changes_say_what_changed_and_nothing_changes_nothing(house: House) -> None:
    host_id = await house.add("a")
    house.news.clear()
    await change(house, host_id, name="a", port=22, tags=[])
    assert house.news == []
    await change(house, host_id, port=2222, tags=["x"])
    assert house.told(HostChanged) == [HostChanged(host_id, 2, frozenset({"port", "tags"}), True, frozenset(), None)]
    await change(house, host_id, enabled=False)
    status = house.board.get(host_id)
    assert status is not None
    assert status.state is HostState.DISABLED
    async with house.database.session() as session:
        kinds = list(await session.scalars(select(HostEvent.kind)))
    assert kinds == ["disabled"]
    assert len(house.told(HostEventWritten)) == 1
    with pytest.raises(Conflict, match="enable"):
        async with house.database.session() as session:
            await service.retry(session, house.act(), host_id)
    await change(house, host_id, enabled=True)
    async with house.database.session() as session:
        await service.retry(session, house.act(), host_id)
    assert house.told(RetryAsked) == [RetryAsked(host_id)]


async def test_jump_hosts_neither_go_in_circles_nor_vanish(house: House) -> None:
    a = await house.add("a")
    b = await house.add("b", jump_host_id=a)
    c = await house.add("c", jump_host_id=b)
    for wrong in (a, b, c):
        with pytest.raises(Invalid, match="lead back"):
            await change(house, a, jump_host_id=wrong)
    with pytest.raises(Invalid, match="no such host"):
        await change(house, a, jump_host_id=999)
    with pytest.raises(Conflict, match=r"the way to b\."):
        await remove(house, a)
    await change(house, b, jump_host_id=None)
    house.news.clear()
    await remove(house, a)
    assert house.told(HostRemoved) == [HostRemoved(a)]
    assert house.board.get(a) is None


async def test_who_does_not_see_a_host_cannot_tell_it_from_none(house: House) -> None:
    group_a, group_b = await house.group("a"), await house.group("b")
    foreign = await house.add("foreign", group_ids=[group_b])
    nowhere = await house.add("nowhere")
    for role in (Role.ADMIN, Role.OPERATOR):
        who = principal(2, role, group_a)
        for host_id in (foreign, nowhere, 999, 0, -1, 1 << 70):
            for attempt in (change(house, host_id, who, note="x"), remove(house, host_id, who)):
                with pytest.raises(NotFound):
                    await attempt
        with pytest.raises(Invalid, match="no such host"):
            await house.add("mine", who, group_ids=[group_a], jump_host_id=foreign)
    empty = principal(3, Role.ADMIN)
    async with house.database.session() as session:
        assert await queries.visible_ids(session, empty) == set()
        assert await queries.visible_ids(session, principal(2, Role.VIEWER, group_b)) == {foreign}
        assert await queries.visible_ids(session, principal(everything=True), []) == set()
        assert await queries.visible_ids(session, principal(everything=True), [foreign, 1 << 70]) == {foreign}


async def test_viewers_change_nothing_and_nobodies_see_nothing(house: House) -> None:
    group = await house.group("a")
    host_id = await house.add("h", group_ids=[group])
    viewer = principal(2, Role.VIEWER, group)
    for attempt in (
        change(house, host_id, viewer, note="x"),
        change(house, host_id, viewer, enabled=False),
        remove(house, host_id, viewer),
        house.add("new", viewer, group_ids=[group]),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_an_operator_moves_hosts_within_the_own_groups_only(house: House) -> None:
    a, a2, b = await house.group("a"), await house.group("a2"), await house.group("b")
    who = principal(2, Role.OPERATOR, a, a2)
    for wanted in ([b], [a, b], [999]):
        with pytest.raises(Invalid, match="among yours"):
            await house.add("h", who, group_ids=wanted)
    with pytest.raises(Forbidden, match="one of your groups"):
        await house.add("h", who, group_ids=[])
    host_id = await house.add("h", group_ids=[a, b])
    await change(house, host_id, who, group_ids=[a2])
    assert set((await found(house, host_id)).group_ids) == {a2, b}
    with pytest.raises(Forbidden, match="one of your groups"):
        await change(house, host_id, who, group_ids=[])
    with pytest.raises(Invalid, match="among yours"):
        await change(house, host_id, who, group_ids=[a, b])
    assert set((await found(house, host_id)).group_ids) == {a2, b}


async def test_a_secret_never_goes_where_somebody_else_points(house: House) -> None:
    group = await house.group("a")
    admin, who = principal(everything=True), principal(2, Role.OPERATOR, group)
    theirs, own = await credential(house, admin), await credential(house, who)
    with pytest.raises(Invalid, match="among yours"):
        await house.add("h", who, group_ids=[group], credential_id=theirs)
    host_id = await house.add("h", group_ids=[group], credential_id=theirs)
    jump = await house.add("j", who, group_ids=[group], credential_id=own)
    for fields in ({"address": "evil.example"}, {"port": 2222}, {"username": "x"}, {"jump_host_id": jump}):
        with pytest.raises(Forbidden, match="not yours"):
            await change(house, host_id, who, **fields)
    with pytest.raises(Invalid, match="among yours"):
        await change(house, jump, who, credential_id=theirs)
    await change(house, host_id, who, note="allowed", name="renamed", credential_id=theirs)
    await change(house, host_id, who, address="mine.example", credential_id=own)
    assert (await found(house, host_id)).address == "mine.example"


async def test_a_jump_host_of_one_s_own_does_not_lead_others_secrets_astray(house: House) -> None:
    group = await house.group("a")
    admin, who = principal(everything=True), principal(2, Role.OPERATOR, group)
    theirs, own = await credential(house, admin), await credential(house, who)
    jump = await house.add("j", who, group_ids=[group], credential_id=own)
    middle = await house.add("m", who, group_ids=[group], credential_id=own, jump_host_id=jump)
    behind = await house.add("h", credential_id=theirs, jump_host_id=middle)
    with pytest.raises(Forbidden, match="not yours"):
        await change(house, jump, who, address="evil.example")
    await change(house, behind, admin, credential_id=None)
    await change(house, jump, who, address="moved.example")
    assert (await found(house, jump)).address == "moved.example"


async def test_a_jump_host_that_one_does_not_see_stays(house: House) -> None:
    group = await house.group("a")
    jump = await house.add("j")
    host_id = await house.add("h", group_ids=[group], jump_host_id=jump)
    await change(house, host_id, principal(2, Role.OPERATOR, group), jump_host_id=None, note="n")
    row = await found(house, host_id)
    assert (row.jump_host_id, row.note) == (jump, "n")


async def test_two_at_once_cannot_take_the_same_name_or_close_a_circle(house: House) -> None:
    results = await asyncio.gather(*(house.add("same") for _ in range(4)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "Conflict", "int"]
    a, b = await house.add("a"), await house.add("b")
    both = await asyncio.gather(
        change(house, a, jump_host_id=b), change(house, b, jump_host_id=a), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in both) == ["Invalid", "NoneType"]


async def test_removing_a_group_keeps_its_hosts_and_tells_so(house: House) -> None:
    group = await house.group("a")
    host_id = await house.add("h", group_ids=[group])
    house.news.clear()
    async with house.database.session() as session:
        await groups.remove(session, house.act(), group)
    assert house.told(HostChanged) == [HostChanged(host_id, 2, frozenset({"group_ids"}), True, frozenset(), None)]
    status = house.board.get(host_id)
    assert status is not None
    assert status.group_ids == frozenset()


async def test_a_new_secret_is_sealed_for_its_row_alone(house: House) -> None:
    first, second = await credential(house, None, "a"), await credential(house, None, "b")
    async with house.database.session() as session:
        rows = {row.id: row for row in await session.scalars(select(Credential))}
        sealed = rows[first].sealed_password
        assert sealed is not None
        assert house.vault.open(sealed, credentials.place(first, "password")).reveal() == "open sesame 42"
        assert b"sesame" not in sealed
        with pytest.raises(Exception, match="does not open"):
            house.vault.open(sealed, credentials.place(second, "password"))
