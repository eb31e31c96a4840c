"""Nobody gets at what is not theirs: every route of the document × every kind of caller × own and foreign objects."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from tests.contract.rights.table import (
    CALLERS,
    DRIVEN_ELSEWHERE,
    FOREIGN,
    OWN,
    OWNED,
    PUBLIC,
    ROUTES,
    SILENT,
    Caller,
    Route,
    expected,
)
from tests.contract.rights.world import ADDRESS, SECRET, World, world

# one controller for all of them: each route by each caller on each kind of object
pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]
DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "ui/openapi.json").read_text())
DENIED = {401, 403, 404}
LOOKING = ("GET ", "HEAD ")
IDLE = {
    "POST /hosts/bulk",
    "POST /containers/bulk",
    "POST /imports",
    "POST /onboardings/approve",
    "POST /onboardings/batch",
}  # the table's body names nothing: nothing is done
LATER = {
    "terminal.end",
    "user.login",
    "onboarding.finish",
}  # of an object that was made for the question, and ends by itself
# what is written down as it begins, whether the host can be reached or not
BEGUN = {"POST /hosts/{host_id}/files/" + deed for deed in ("move", "copy", "delete", "restore")}
LIMITED = [caller for caller in CALLERS if caller.sees != "all" or caller.role == "none"]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The world that is asked."""
    async with world(tmp_path_factory.mktemp("rights")) as made:
        yield made


def operations() -> Iterator[str]:
    """Every operation of the document, as "GET /hosts"."""
    for path, item in DOCUMENT["paths"].items():
        for method in item:
            yield f"{method.upper()} {path.removeprefix('/api/v1')}"


async def ask(there: World, name: str, operation: str, object_id: int | str | None) -> httpx.Response:
    """One request by the caller of that name."""
    client, route = there.clients[name], ROUTES[operation]
    method, path = operation.split()
    path = re.sub(r"\{\w+\}", str(object_id), path)
    body = None if route.body is None else dict(route.body)
    if route.into_a and body is not None:
        body["group_ids"] = [there.groups[OWN]]
    query = dict(route.query)
    if route.names_host:
        (query if route.names_host == "query" or body is None else body)["host_id"] = object_id
    return await client.request(method, path, json=body, params=query)


async def test_every_route_is_in_the_table_and_no_other() -> None:
    assert set(operations()) == set(ROUTES) | PUBLIC


async def test_what_changed_something_is_in_the_audit_log_once_and_what_failed_is_not(there: World) -> None:
    """Each route, by the administrator, before others have made what it makes.

    Those that nothing could be changed by here are driven over real hosts: see `DRIVEN_ELSEWHERE`.
    """
    admin = next(caller for caller in CALLERS if caller.name == "admin")
    wrong, failed = [], set()
    for operation, route in ROUTES.items():
        if operation.startswith(LOOKING) or operation in SILENT or operation == "POST /logout":
            continue
        object_id = await there.make(route.kind, OWN, admin) if route.kind else None
        if operation == "POST /terminals":
            object_id = await there.deaf(OWN)  # none is opened on a disabled one
        before = await there.newest_entry()
        answer = await ask(there, admin.name, operation, object_id)
        written = [action for action in await there.written(admin.name, before) if action not in LATER]
        if len(written) != ((answer.is_success and operation not in IDLE) or operation in BEGUN):
            wrong.append(f"{operation}: {answer.status_code}, and in the log: {written}")
        if not answer.is_success or operation in IDLE:
            failed.add(operation)
    assert not wrong, "\n" + "\n".join(wrong)
    left = sorted(failed - DRIVEN_ELSEWHERE)
    assert not left, "\n".join(left)


async def test_every_caller_gets_what_the_table_says_and_nothing_else(there: World) -> None:
    """The callers side by side, each on objects of its own."""
    async with asyncio.TaskGroup() as group:
        walks = [group.create_task(walked(there, caller)) for caller in CALLERS]
        strangers = group.create_task(strange(there))
    wrong = strangers.result() + [line for walk in walks for line in walk.result()]
    assert not wrong, "\n" + "\n".join(wrong)


async def strange(there: World) -> list[str]:
    """Who has not logged in gets nothing, whatever is there."""
    wrong = []
    objects: dict[str, int | str] = {}
    for operation, route in ROUTES.items():
        if route.kind and route.kind not in objects:
            objects[route.kind] = await there.make(route.kind, OWN, None)
        answer = await ask(there, "anonymous", operation, objects.get(route.kind))
        if answer.status_code != 401:
            wrong.append(f"{operation} anonymous: {answer.status_code}")
    return wrong


async def walked(there: World, caller: Caller) -> list[str]:
    """What is wrong about how this caller is answered anywhere."""
    wrong = []
    for operation, route in ROUTES.items():
        for whose in (OWN, FOREIGN) if route.kind in OWNED else (OWN,):
            wrong += await tried(there, operation, route, caller, whose)
    return wrong


async def tried(there: World, operation: str, route: Route, caller: Caller, whose: str) -> list[str]:
    """What is wrong about how this caller is answered."""
    if operation == "POST /logout":
        return []  # it would end the caller; tests/integration/users logs out
    object_id = await there.fresh(route.kind, whose, caller) if route.kind else None
    answer = await ask(there, caller.name, operation, object_id)
    if route.kind and not operation.startswith(LOOKING) and answer.status_code not in DENIED:
        there.spent(route.kind, whose, caller)
    right = expected(route, caller, whose)
    status, text = answer.status_code, answer.text
    wrong = []
    in_but_nothing_there = bool(route.missing) and status == 404 and answer.json()["code"] == route.missing
    if (
        (status not in right or in_but_nothing_there)
        if right
        else (status == 500 or (status in DENIED and not in_but_nothing_there))
    ):
        wanted = f"one of {right}" if right else "to be let in"
        wrong.append(f"{operation} {whose} as {caller.name}: {status} {text[:120]}, expected {wanted}")
    if SECRET in text:
        wrong.append(f"{operation} {whose} as {caller.name}: a secret is in the answer")
    if caller in LIMITED and "bravo" in text.replace("bravo-secret", ""):
        wrong.append(f"{operation} {whose} as {caller.name}: something of group B is in the answer: {text[:200]}")
    return wrong


ASKED = (
    "/hosts",
    "/hosts?search=bravo",
    "/hosts?tag=bravo-tag",
    "/hosts?group_id={B}",
    "/hosts?state=disabled&sort=-name",
    "/groups",
    "/tags",
    "/credentials",
    "/tokens",
    "/users",
    "/invitations",
    "/audit",
    "/recordings",
    "/jobs",
    "/jobs?search=bravo",
    "/job-templates",
    "/workflows",
    "/workflow-runs",
    "/workflow-approvals",
    "/me/ssh-keys",
    "/metrics/specs",
    "/containers",
    "/hosts/{host}/containers",
    "/metrics/query?host_id={host}&metric=load1",
    "/hosts/{host}",
    "/hosts/{host}/events",
    "/hosts/{host}/keys",
)


@pytest.mark.parametrize("path", ASKED)
async def test_group_b_is_in_no_answer_for_those_who_do_not_see_it(there: World, path: str) -> None:
    host = await there.make("host", FOREIGN, None)
    await there.make("credential", FOREIGN, None)
    await there.make("token", FOREIGN, None)
    await there.make("job", FOREIGN, None)
    await there.make("job template", FOREIGN, None)
    await there.make("approval", FOREIGN, None)
    path = path.format(B=there.groups[FOREIGN], host=host)
    for caller in LIMITED:
        answer = await there.clients[caller.name].get(path)
        assert "bravo" not in answer.text, caller.name
        assert ADDRESS[FOREIGN] not in answer.text, caller.name
        if answer.status_code == 200 and path.startswith("/hosts?"):
            total = answer.json()["total"]
            seen = caller.sees == "A" and "state=" in path
            wanted = await of_group_a(there) if seen else (0, 0)
            assert (total, sum(answer.json()["counts"].values())) == wanted, caller.name
        if answer.status_code == 200 and path.startswith("/metrics/query"):
            assert answer.json()["series"] == [], caller.name


async def of_group_a(there: World) -> tuple[int, int]:
    """How many hosts of group A the administrator finds: disabled ones, and all."""
    answer = await there.root_client.get(f"/hosts?group_id={there.groups[OWN]}&state=disabled")
    return int(answer.json()["total"]), sum(answer.json()["counts"].values())


async def test_nothing_is_put_where_its_maker_does_not_see_it(there: World) -> None:
    """Hosts into group B, B's host as a jump host, B's host by a bulk action, B's credential for a host of A."""
    theirs, mine = await there.make("host", FOREIGN, None), await there.make("host", OWN, None)
    credential = await there.make("credential", FOREIGN, None)
    alfa, bravo = there.groups[OWN], there.groups[FOREIGN]
    new = {"address": "127.0.0.1", "username": "root", "enabled": False, "group_ids": [alfa]}
    for name in ("operator of A", "admin of A", "admin's token to write A"):
        client = there.clients[name]
        refused: list[httpx.Response] = [
            await client.post("/hosts", json=new | {"group_ids": [alfa, bravo]}),
            await client.post("/hosts", json=new | {"group_ids": [bravo]}),
            await client.post("/hosts", json=new | {"group_ids": []}),
            await client.post("/hosts", json=new | {"jump_host_id": theirs}),
            await client.patch(f"/hosts/{mine}", json={"group_ids": [bravo]}),
            await client.patch(f"/hosts/{mine}", json={"group_ids": []}),
            await client.patch(f"/hosts/{mine}", json={"jump_host_id": theirs}),
        ]
        if name != "admin's token to write A":  # its owner may use every credential
            refused.append(await client.post("/hosts", json=new | {"credential_id": credential}))
            refused.append(await client.patch(f"/hosts/{mine}", json={"credential_id": credential}))
        for answer in refused:
            assert 400 <= answer.status_code < 500, f"{name}: {answer.request.content!r} {answer.text}"
            assert "bravo" not in answer.text
        bulk = await client.post("/hosts/bulk", json={"ids": [theirs, mine], "action": "add_tags", "tags": ["seen"]})
        assert [item["ok"] for item in bulk.json()["items"]] == [False, True], name
    shown = await there.root.call("GET", f"/hosts/{theirs}")
    assert shown["tags"] == ["bravo-tag"]


@pytest.mark.parametrize("name", ["viewer of A", "operator of nothing", "admin of A"])
async def test_live_feed_shows_nothing_of_group_b(there: World, name: str) -> None:
    mine, theirs = await there.make("host", OWN, None), await there.make("host", FOREIGN, None)
    wanted: dict[str, Any] = {"name": "feed", "scopes": ["read"], "group_ids": []}
    caller = next(each for each in CALLERS if each.name == name)
    if caller.sees == "A":
        wanted["group_ids"] = [there.groups[OWN]]
    token = (await there.clients[name].post("/tokens", json=wanted)).raise_for_status().json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    address = there.url.replace("http", "ws") + "/api/v1/live"
    async with connect(address, additional_headers=headers) as socket:

        async def said(*kinds: str) -> dict[str, Any]:
            while True:
                text = str(await socket.recv())
                assert "bravo" not in text
                message: dict[str, Any] = json.loads(text)
                if message["type"] in kinds:
                    return message

        await socket.send(json.dumps({"op": "subscribe", "topic": "fleet"}))
        fleet = await said("fleet")
        seen = {host["id"] for host in fleet["hosts"]}
        assert (mine in seen) == (caller.sees == "A")
        assert seen <= await ids_of_group_a(there)
        await socket.send(json.dumps({"op": "subscribe", "topic": "host", "host_id": theirs}))
        assert (await said("problem", "host"))["code"] == "not_found"
        # what changes there later is not told either: the next that comes is what happens to a host of A
        await there.root.call("PATCH", f"/hosts/{theirs}", {"note": "bravo again"})
        if caller.sees == "A":
            await there.root.call("PATCH", f"/hosts/{mine}", {"note": "alfa again"})
            told: set[int] = set()
            while mine not in told:
                told |= {host["id"] for host in (await said("fleet.delta"))["hosts"]}
            assert theirs not in told


async def ids_of_group_a(there: World) -> set[int]:
    """The hosts of group A, by what the administrator sees."""
    found = await there.root_client.get(f"/hosts?group_id={there.groups[OWN]}&limit=1000")
    assert found.status_code == 200, found.text
    return {host["id"] for host in found.json()["items"]}


async def test_a_group_taken_away_ends_what_was_seen_by_it(there: World) -> None:
    mine = await there.make("host", OWN, None)
    client = there.clients["viewer of A"]
    assert (await client.get(f"/hosts/{mine}")).status_code == 200
    viewer = f"/users/{there.users['viewer of A']}"
    await there.root.call("PATCH", viewer, {"group_ids": []})
    assert (await client.get(f"/hosts/{mine}")).status_code == 404
    assert (await client.get("/hosts")).json()["total"] == 0
    await there.root.call("PATCH", viewer, {"group_ids": [there.groups[OWN]]})  # others ask after us
