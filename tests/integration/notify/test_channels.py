"""Channels and routes over HTTP: secrets stay inside, what is wrong is named, a test says what the server says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.integration.notify.conftest import TO, Post
from tests.support.mail import PASSWORD, USER


async def test_a_password_is_kept_sealed_used_and_never_sent_back(post: Post, logged: Callable[[], str]) -> None:
    channel = await post.channel(username=USER, password=PASSWORD)
    shown = (await post.admin.get("/notify/channels")).json()["items"][0]
    assert shown["secrets_set"] == ["password"]
    assert "password" not in shown["options"]
    kept = await post.front.rows("select settings::text || coalesce(encode(sealed, 'escape'), '') from notify_channel")
    log = await post.front.rows("select detail::text from audit_entry")
    assert PASSWORD not in f"{shown} {kept} {log} {logged()}"
    # what is not sent stays, but goes to no other server than the one it was meant for
    changed = {**shown["options"], "sender_name": "Fleet"}
    answer = await post.admin.patch(f"/notify/channels/{channel}", json={"options": changed})
    assert answer.json()["secrets_set"] == ["password"]
    moved = {**changed, "host": "127.0.0.2"}
    refused = await post.admin.patch(f"/notify/channels/{channel}", json={"options": moved})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "options.password")
    without = {**moved, "username": "", "password": ""}
    answer = await post.admin.patch(f"/notify/channels/{channel}", json={"options": without})
    assert answer.json()["secrets_set"] == []


async def test_a_test_arrives_or_says_why_not_in_the_servers_words(post: Post) -> None:
    channel = await post.channel("Büro")
    body = {"address": TO, "language": "zh-CN"}
    answer = await post.admin.post(f"/notify/channels/{channel}/test", json=body)
    assert answer.json() == {"ok": True, "words": ""}
    assert post.server.got[0].mail["Subject"] == "通知渠道“Büro”测试"
    post.server.answers[TO] = "550 5.7.1 Relaying denied"
    answer = await post.admin.post(f"/notify/channels/{channel}/test", json=body)
    assert answer.json() == {"ok": False, "words": "550 5.7.1 Relaying denied"}
    wrong = await post.admin.post(f"/notify/channels/{channel}/test", json={"address": "nobody"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "address")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("options.port", {"port": 0}),
        ("options.port", {"port": "x"}),
        ("options.sender", {"sender": "nobody"}),
        ("options.security", {"username": "u", "password": "p", "security": "none"}),
        ("options", {"unknown": 1}),
        ("options.host", {"host": "a b"}),
    ],
)
async def test_what_is_wrong_is_named(post: Post, field: str, changed: dict[str, object]) -> None:
    settings = {"host": "mail.example.org", "sender": "a@example.org", **changed}
    answer = await post.admin.post("/notify/channels", json={"name": "x", "kind": "email", "options": settings})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


async def test_names_are_single_kinds_are_known_and_routes_take_what_is_there(post: Post) -> None:
    channel = await post.channel("Mail")
    settings = {"host": "mail.example.org", "sender": "a@example.org"}
    twice = await post.admin.post("/notify/channels", json={"name": "mail", "kind": "email", "options": settings})
    assert (twice.status_code, twice.json()["code"]) == (409, "name_taken")
    pigeon = await post.admin.post("/notify/channels", json={"name": "p", "kind": "pigeon", "options": {}})
    assert pigeon.json()["errors"][0]["field"] == "kind"
    (kind,) = (await post.admin.get("/notify/kinds")).json()["items"]
    assert (kind["name"], kind["secrets"], kind["addressed"]) == ("email", ["password"], True)
    assert kind["schema"]["properties"]["port"]["maximum"] == 65535
    route = {"name": "r", "channel_id": channel, "addresses": [TO], "news": ["host_down"]}
    for name, wrong in (
        ("channel_id", 99),
        ("zone", "Mars/Base"),
        ("addresses", ["x"]),
        ("addresses", []),
        ("name", " "),
    ):
        answer = await post.admin.post("/notify/routes", json={**route, name: wrong})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)
    made = (await post.admin.post("/notify/routes", json=route)).json()
    assert (made["all_hosts"], made["group_ids"]) == (False, [])  # nothing chosen is nothing
    changed = await post.admin.patch(f"/notify/routes/{made['id']}", json={"all_hosts": True, "zone": "Asia/Shanghai"})
    assert (changed.json()["all_hosts"], changed.json()["zone"]) == (True, "Asia/Shanghai")
    # a route that goes takes along what waits by it, and a channel its routes
    await post.happens("down", await post.host("web-1"))
    await post.step()
    assert len(await post.deliveries(state="pending")) == 1
    (await post.admin.delete(f"/notify/routes/{made['id']}")).raise_for_status()
    assert await post.deliveries() == []
    (await post.admin.post("/notify/routes", json=route)).raise_for_status()
    (await post.admin.delete(f"/notify/channels/{channel}")).raise_for_status()
    assert (await post.admin.get("/notify/routes")).json()["items"] == []
    deeds = await post.front.rows(
        "select action from audit_entry where action like '%channel%' or action like 'notify%'"
    )
    assert set(deeds) == {
        "channel.create", "channel.delete", "notify.route.create", "notify.route.update", "notify.route.delete",
    }  # fmt: skip


async def test_a_channel_that_sends_is_not_deleted_under_its_message(post: Post) -> None:
    channel = await post.channel()
    await post.route(wait_s=0)
    post.server.delay_s = 8
    await post.happens("down", await post.host("web-1"))
    courier = post.front.controller.courier
    while post.server.connections == 0:
        await courier.step()
        await asyncio.sleep(0.01)
    answer = await post.admin.delete(f"/notify/channels/{channel}")
    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
    await courier.close()
    (await post.admin.delete(f"/notify/channels/{channel}")).raise_for_status()


async def test_ones_own_news_take_a_login_and_show_no_secrets(post: Post) -> None:
    await post.channel(username=USER, password=PASSWORD)
    ann = await post.front.user("ann")
    before = (await ann.get("/me/notify")).json()
    assert (before["enabled"], before["channel_id"], before["news"]) == (False, None, [])
    assert before["channels"] == [{"id": post.channel_id, "name": "Mail", "kind": "email", "addressed": True}]
    choice = {"enabled": True, "channel_id": post.channel_id, "address": "x", "news": ["host_down"]}
    wrong = await ann.put("/me/notify", json=choice)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "address")
    right = await ann.put("/me/notify", json={**choice, "address": TO, "zone": "Europe/Berlin"})
    assert (right.json()["address"], right.json()["zone"]) == (TO, "Europe/Berlin")
    token = (await ann.post("/tokens", json={"name": "t", "scopes": ["write"], "group_ids": []})).json()["token"]
    program = await post.front.program(token)
    assert (await program.put("/me/notify", json={**choice, "address": TO})).status_code == 403
    assert (await ann.get("/notify/channels")).status_code == 403
