from __future__ import annotations

import pytest

from controller.core.errors import Forbidden, Invalid
from controller.hosts import bulk, queries
from controller.hosts.news import HostChanged, HostRemoved
from controller.hosts.schemas import Bulk, BulkResult
from controller.hosts.states import HostState
from controller.users.rights import Principal, Role
from tests.integration.hosts.conftest import House, principal


async def apply(house: House, who: Principal | None = None, **fields: object) -> list[BulkResult]:
    async with house.database.session() as session:
        return await bulk.apply(session, house.act(who), Bulk(**fields))  # type: ignore[arg-type]


async def rows(house: House) -> dict[str, queries.HostRow]:
    async with house.database.session() as session:
        return {row.name: row for row in await queries.load(session)}


async def test_no_ids_mean_no_hosts(house: House) -> None:
    await house.add("a")
    for action in ("enable", "disable", "delete", "add_tags", "remove_tags", "add_groups", "remove_groups"):
        assert await apply(house, ids=[], action=action) == []
    assert set(await rows(house)) == {"a"}


async def test_each_host_has_its_own_result(house: House) -> None:
    a, b = await house.group("a"), await house.group("b")
    mine, theirs = await house.add("mine", group_ids=[a, b]), await house.add("theirs", group_ids=[b])
    who = principal(2, Role.OPERATOR, a)
    house.news.clear()
    results = await apply(house, who, ids=[theirs, mine, mine, 999, -1], action="disable")
    assert [(r.id, r.ok, r.code) for r in results] == [
        (theirs, False, "not_found"),
        (mine, True, None),
        (999, False, "not_found"),
        (-1, False, "not_found"),
    ]
    assert house.told(HostChanged) == [HostChanged(mine, 2, frozenset({"enabled"}), False, frozenset({a, b}), None)]
    status = house.board.get(mine)
    assert status is not None
    assert status.state is HostState.DISABLED
    assert (await rows(house))["mine"].revision == 2
    assert (await rows(house))["theirs"].enabled
    await apply(house, who, ids=[mine], action="disable")
    assert house.told(HostChanged) == []


async def test_tags_and_groups_come_and_go(house: House) -> None:
    a, b, c = await house.group("a"), await house.group("b"), await house.group("c")
    first, second = await house.add("first", tags=["x"], group_ids=[a, c]), await house.add("second", group_ids=[a])
    ids = [first, second]
    who = principal(2, Role.OPERATOR, a, b)
    await apply(house, who, ids=ids, action="add_tags", tags=["Y"])
    await apply(house, who, ids=ids, action="remove_tags", tags=["x"])
    await apply(house, who, ids=ids, action="add_groups", group_ids=[b])
    await apply(house, who, ids=ids, action="remove_groups", group_ids=[a])
    found = await rows(house)
    assert [(row.tags, row.group_ids) for row in found.values()] == [(("y",), (b, c)), (("y",), (b,))]
    results = await apply(house, who, ids=ids, action="remove_groups", group_ids=[b])
    assert [result.code for result in results] == ["group_needed", "group_needed"]
    with pytest.raises(Invalid, match="among yours"):
        await apply(house, who, ids=ids, action="add_groups", group_ids=[c])
    with pytest.raises(Invalid, match="tag"):
        await apply(house, who, ids=ids, action="add_tags", tags=["\0"])
    many = await apply(house, ids=[first], action="add_tags", tags=[f"t{n}" for n in range(30)])
    assert (many[0].ok, many[0].code) == (False, "invalid")


async def test_a_host_that_others_need_stays_unless_they_go_too(house: House) -> None:
    a = await house.add("a")
    b = await house.add("b", jump_host_id=a)
    c = await house.add("c", jump_host_id=b)
    results = await apply(house, ids=[a, b], action="delete")
    assert [(r.ok, r.code) for r in results] == [(False, "in_use"), (False, "in_use")]
    house.news.clear()
    results = await apply(house, ids=[a, b, c], action="delete")
    assert all(result.ok for result in results)
    assert house.told(HostRemoved) == [HostRemoved(a), HostRemoved(b), HostRemoved(c)]
    assert await rows(house) == {}


async def test_rights_and_bounds(house: House) -> None:
    group = await house.group("a")
    host_id = await house.add("a", group_ids=[group])
    for action in ("enable", "delete", "add_tags"):
        with pytest.raises(Forbidden):
            await apply(house, principal(2, Role.VIEWER, group), ids=[host_id], action=action)
    with pytest.raises(Invalid, match="5000"):
        await apply(house, ids=list(range(1, 5002)), action="enable")
