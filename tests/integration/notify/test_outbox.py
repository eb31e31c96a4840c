"""From what happens to a host to the mail: once, gathered, to whom it concerns, and again until it is there."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from controller.hosts import events
from controller.hosts.board import Transition
from controller.notify.news import News, put
from tests.integration.notify.conftest import TO, Post


async def test_a_host_that_goes_down_and_comes_back_is_mailed_both_times(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=30, zone="Asia/Shanghai")
    host = await post.host("web-1")
    await post.happens("up", host)  # the first time: nobody was told that it was away
    await post.step(60)
    assert post.server.got == []
    await post.happens("down", host, reason="No route to host.")
    await post.step()
    assert post.server.got == []  # it waits for what belongs to it
    await post.step(31)
    (down,) = post.server.got
    assert down.mail["Subject"] == "web-1 is down"
    assert "No route to host." in down.text
    assert f"http://moorline.test/hosts/{host}" in down.text
    assert "16:01:00 CST" in down.text  # 08:00 UTC and a minute, where the route is
    await post.step(600)
    await post.happens("up", host)
    await post.step(31)
    await post.step(300)
    assert [got.mail["Subject"] for got in post.server.got[1:]] == ["web-1 is up again"]
    assert "was away for 10 min" in post.server.got[1].text
    await post.step(4000)
    assert len(post.server.got) == 2


async def test_a_whole_fleet_is_one_mail_and_a_flapping_host_one_line(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=30, interval_s=300)
    hosts = [await post.host(f"web-{number:02}") for number in range(40)]
    await post.happens("down", *hosts[:25])
    await post.step()
    await post.step(10)
    await post.happens("down", *hosts[25:])
    for _ in range(3):
        await post.happens("up", hosts[0])
        await post.happens("down", hosts[0])
    await post.step(21)
    (mail,) = post.server.got
    assert mail.mail["Subject"].startswith("40 down: web-00, web-01, web-02")
    assert mail.text.count("- web-") == 40
    assert mail.text.count("changed 7 times") == 1
    # what comes after keeps its distance from it, and is gathered meanwhile
    await post.happens("up", *hosts)
    await post.step(60)
    await post.happens("down", hosts[3])
    await post.step(60)
    assert len(post.server.got) == 1
    await post.step(200)
    assert [got.mail["Subject"] for got in post.server.got[1:]] == ["1 down, 39 up again: web-03, web-00, web-01 …"]


async def test_what_is_rolled_back_is_not_told(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=0)
    host, controller = await post.host("web-1"), post.front.controller
    async with AsyncSession(controller.database.engine) as session:
        seen = [Transition(host, post.front.clock.now(), "down", {})]
        for event in await events.write_seen(session, seen):
            controller.bus.publish_after_commit(session, event)
        await session.flush()
        await session.rollback()
    await post.step(60)
    assert await post.front.rows("select count(*) from notify_notice") == [0]
    await post.happens("down", host)
    await post.step(60)
    assert len(post.server.got) == 1


async def test_a_server_that_is_away_gets_the_mail_later_and_a_dead_one_is_sent_again_by_hand(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=0)
    host = await post.host("web-1")
    post.server.greylisted.add(TO)
    await post.happens("down", host)
    await post.step(1)
    (waiting,) = await post.deliveries()
    assert (waiting["state"], waiting["attempts"]) == ("pending", 1)
    assert "451 4.7.1 Greylisted" in waiting["error"]
    await post.step(30)
    assert post.server.got == []
    await post.step(31)
    (sent,) = await post.deliveries()
    assert (sent["state"], sent["attempts"], sent["error"]) == ("sent", 2, "")
    assert len(post.server.got) == 1
    post.server.answers[TO] = "550 5.1.1 No such user here"
    await post.happens("up", host)
    await post.step(600)
    (dead,) = await post.deliveries(state="dead")
    assert (dead["attempts"], "No such user here" in dead["error"]) == (1, True)
    del post.server.answers[TO]
    answer = await post.admin.post(f"/notify/deliveries/{dead['id']}/resend")
    assert answer.json()["state"] == "pending"
    entries = (await post.admin.get("/audit", params={"action": "notice.resend"})).json()["items"]
    assert len(entries) == 1
    await post.step()
    assert [got.mail["Subject"] for got in post.server.got] == ["web-1 is down", "web-1 is up again"]
    again = await post.admin.post(f"/notify/deliveries/{dead['id']}/resend")
    assert (again.status_code, again.json()["code"]) == (409, "not_dead")
    assert (await post.admin.post("/notify/deliveries/999999/resend")).status_code == 404


async def test_retries_grow_rarer_and_end(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=0)
    post.server.data_answer = "451 4.3.0 Not now"
    await post.happens("down", await post.host("web-1"))
    waits: list[float] = []
    await post.step(1)
    (row,) = await post.deliveries()
    while row["state"] == "pending":
        due = (await post.front.rows("select due_at from notify_delivery"))[0]
        waits.append((due - post.now).total_seconds())
        await post.step(waits[-1])
        (row,) = await post.deliveries()
    assert row["state"] == "dead"
    assert row["attempts"] == 18
    assert "451 4.3.0 Not now" in row["error"]
    assert waits == sorted(waits)
    assert 20 * 3600 < sum(waits) < 30 * 3600


async def test_each_recipient_has_a_mail_of_its_own_or_all_one_and_a_refusal_touches_no_other(post: Post) -> None:
    await post.channel()
    people = [TO, "ben@example.org", "cat@example.org"]
    await post.route(wait_s=0, addresses=people)
    host = await post.host("web-1")
    post.server.greylisted.add("ben@example.org")
    await post.happens("down", host)
    await post.step(1)
    await post.step(60)
    assert sorted(got.recipients for got in post.server.got) == [[one] for one in people]
    await post.admin.patch(
        f"/notify/channels/{post.channel_id}", json={"options": await settings_of(post, recipients="bcc")}
    )
    post.server.got.clear()
    post.server.greylisted.add("ben@example.org")
    await post.happens("up", host)
    await post.step(600)
    await post.step(61)
    assert [got.recipients for got in post.server.got] == [[TO, "cat@example.org"], ["ben@example.org"]]
    assert len({got.mail["Message-ID"] for got in post.server.got}) == 2


async def settings_of(post: Post, **changed: Any) -> dict[str, Any]:
    """The channel's settings as the API shows them, with some changed."""
    channel = (await post.admin.get("/notify/channels")).json()["items"][0]
    return {**channel["options"], **changed}


async def test_everybody_is_told_of_what_they_see_and_of_nothing_else(post: Post) -> None:
    alfa, bravo = await post.group("alfa"), await post.group("bravo")
    mine, theirs = await post.host("in-alfa", alfa), await post.host("in-bravo", bravo)
    await post.channel()
    await post.route(name="none", addresses=["none@example.org"], all_hosts=False, group_ids=[], wait_s=0)
    await post.route(name="bravo", addresses=["bravo@example.org"], all_hosts=False, group_ids=[bravo], wait_s=0)
    ann = await post.front.user("ann", group_ids=[alfa])
    await post.told(ann)
    await post.happens("down", mine, theirs)
    await post.step()
    await post.step(31)
    told = {got.recipients[0]: got.mail["Subject"] for got in post.server.got}
    assert told == {TO: "in-alfa is down", "bravo@example.org": "in-bravo is down"}
    # who is not there any more, or no user of ours, is not told
    post.server.got.clear()
    await post.happens("up", mine)
    await post.happens("down", mine)
    await post.step(30)
    await post.front.do("update user_account set enabled = false where username = 'ann'")
    await post.step(400)
    assert post.server.got == []
    assert [row["state"] for row in await post.deliveries() if row["addresses"] == [TO]] == ["dropped", "sent"]


async def test_news_of_jobs_are_single_and_go_to_who_launched_or_may_approve(post: Post) -> None:
    group = await post.group("alfa")
    host = await post.host("web-1", group)
    await post.channel()
    people = {}
    for name, role in (("ann", "operator"), ("ben", "operator"), ("eve", "viewer")):
        person = await post.front.user(name, role=role, group_ids=[group])
        people[name] = (await person.get("/me")).json()["id"]
        language = "zh-CN" if name == "ben" else "en"
        await post.told(person, f"{name}@example.org", news=["job_failed", "job_waits"], language=language)
    async with post.front.controller.database.session() as session:
        for kind in (News.JOB_FAILED, News.JOB_WAITS, News.JOB_SUCCEEDED):
            detail = {
                "name": "Update",
                "path": "/jobs/7",
                "by": "ann",
                "hosts": 1,
                "failed": 1,
                "reason": "{{ 7*7 }}<b>",
            }
            put(session, kind, post.now, host_ids=[host], user_ids=[people["ann"]], detail=detail)
    await post.step()
    told = {got.recipients[0]: got for got in post.server.got}
    assert {to: got.mail["Subject"] for to, got in told.items()} == {
        "ann@example.org": "Update: failed",
        "ben@example.org": "Update：等待您处理",
    }
    assert "{{ 7*7 }}<b>" in told["ann@example.org"].text
    assert "{{ 7*7 }}&lt;b&gt;" in told["ann@example.org"].html
    assert "http://moorline.test/jobs/7" in told["ann@example.org"].text


async def test_a_hostile_name_is_shown_and_does_nothing(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=0)
    evil = "{{ self.__init__ }}<script>x</script>"
    host = await post.host("plain")
    await post.front.do("update host set name = :name where id = :id", name=evil, id=host)
    await post.happens("key_changed", host, reason="<img src=x onerror=y>")
    await post.step(1)
    (got,) = post.server.got
    assert got.mail["Subject"] == f"{evil} needs you"
    assert evil in got.text
    assert "<script>" not in got.html
    assert "<img" not in got.html
    assert "&lt;script&gt;" in got.html


async def test_a_host_that_is_gone_is_not_told_of(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=30)
    host, other = await post.host("web-1"), await post.host("web-2")
    await post.happens("down", host)
    await post.step(1)
    await post.happens("down", other)
    (await post.admin.delete(f"/hosts/{host}")).raise_for_status()
    await post.step(31)
    assert [got.mail["Subject"] for got in post.server.got] == ["web-2 is down"]


async def test_what_was_told_long_ago_goes_and_what_waits_stays(post: Post) -> None:
    await post.channel()
    await post.route(wait_s=0)
    await post.happens("down", await post.host("web-1"))
    await post.step(1)
    post.server.data_answer = "451 Not now"
    await post.happens("down", await post.host("web-2"))
    await post.step(400)
    await post.front.do("update notify_delivery set due_at = due_at + interval '90 days' where state = 'pending'")
    post.front.clock.seconds += 31 * 86400
    await post.front.controller.courier._sweep()
    assert await post.front.rows("select state from notify_delivery") == ["pending"]
    assert await post.front.rows("select count(*) from notify_notice") == [1]
