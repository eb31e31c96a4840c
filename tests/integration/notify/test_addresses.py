"""A user's own address: nothing is sent there before a link in a mail to it was followed."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

from controller.core.secrets import Secret
from tests.integration.notify.conftest import TO, Post, token


async def test_nothing_is_sent_before_the_link_was_followed(post: Post) -> None:
    await post.channel()
    group = await post.group("alfa")
    host = await post.host("web-1", group)
    ann = await post.front.user("ann", group_ids=[group])
    choice = {"enabled": True, "channel_id": post.channel_id, "address": TO, "news": ["host_down"]}
    assert (await ann.post("/me/notify/confirm")).json()["code"] == "no_address"
    own = (await ann.put("/me/notify", json=choice)).raise_for_status().json()
    assert (own["confirmed"], own["asked_at"]) == (False, None)
    await post.happens("down", host)
    await post.step(60)
    assert (post.server.got, await post.deliveries()) == ([], [])
    assert (await ann.post("/me/notify/confirm")).json() == {"ok": True, "words": ""}
    (link,) = post.server.got
    assert link.recipients == [TO]
    assert "ann wants to be told here" in link.text
    anybody = await post.front.browser()
    assert (await anybody.post("/notify/confirm", json={"token": token(link)})).json() == {"address": TO}
    assert (await ann.get("/me/notify")).json()["confirmed"]
    # what happened before is not told late; what happens from now on is
    post.server.got.clear()
    await post.happens("up", host)
    await post.happens("down", host)
    await post.step()
    await post.step(31)
    assert [got.mail["Subject"] for got in post.server.got] == ["web-1 is down"]
    # following it once more says the same; another address begins anew, and so does another user with this one
    assert (await anybody.post("/notify/confirm", json={"token": token(link)})).json() == {"address": TO}
    own = (await ann.put("/me/notify", json={**choice, "address": "other@example.org"})).json()
    assert not own["confirmed"]
    ben = await post.front.user("ben", group_ids=[group])
    assert not (await ben.put("/me/notify", json=choice)).json()["confirmed"]
    actions = await post.front.rows("select action from audit_entry where action like 'notify.address.%' order by id")
    assert actions == ["notify.address.ask", "notify.address.confirm"]


async def test_a_link_cannot_be_made_grows_old_and_ends_with_its_user(post: Post) -> None:
    await post.channel()
    ann = await post.front.user("ann")
    choice = {"enabled": True, "channel_id": post.channel_id, "address": TO, "news": ["host_down"]}
    await ann.put("/me/notify", json=choice)
    await ann.post("/me/notify/confirm")
    word = token(post.server.got[0])
    anybody = await post.front.browser()
    flipped = word[:60] + ("A" if word[60] != "A" else "B") + word[61:]
    for wrong in ("x", "AAAA" * 40, "\x00", "é", "=" * 50, word[:-4], flipped):
        answer = await anybody.post("/notify/confirm", json={"token": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "void_link"), wrong
    # what the vault sealed for another place opens nothing here
    vault = post.front.controller.courier.sealer.vault
    strange = vault.seal(Secret(json.dumps({"id": 1, "address": TO})), "notify_address/other")
    answer = await anybody.post("/notify/confirm", json={"token": base64.urlsafe_b64encode(strange).decode()})
    assert answer.json()["code"] == "void_link"
    await post.front.do("update user_account set enabled = false where username = 'ann'")
    assert (await anybody.post("/notify/confirm", json={"token": word})).json()["code"] == "void_link"
    await post.front.do("update user_account set enabled = true where username = 'ann'")
    post.front.clock.move(timedelta(hours=24))
    assert (await anybody.post("/notify/confirm", json={"token": word})).json()["code"] == "void_link"
    assert await post.front.rows("select count(*) from notify_address where confirmed_at is not null") == [0]


async def test_links_are_few_for_a_user_and_for_an_address(post: Post) -> None:
    await post.channel()
    ann, ben = await post.front.user("ann"), await post.front.user("ben")
    choice = {"enabled": True, "channel_id": post.channel_id, "address": TO, "news": ["host_down"]}
    sent, answer = 0, None
    for number in range(8):  # each to somebody else: nobody writes to many by Moorline
        await ann.put("/me/notify", json={**choice, "address": f"x{number}@example.org"})
        answer = await ann.post("/me/notify/confirm")
        sent += answer.status_code == 200
        assert (await ann.post("/me/notify/confirm")).status_code == 429  # not two within a minute
        post.front.clock.move(timedelta(seconds=61))
    assert (sent, len(post.server.got)) == (5, 5)
    assert answer is not None
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    post.front.clock.move(timedelta(hours=1))
    for person in (ann, ben):  # nor do many write to one
        await person.put("/me/notify", json=choice)
    assert (await ann.post("/me/notify/confirm")).status_code == 200
    assert (await ben.post("/me/notify/confirm")).status_code == 429
    # a server that refuses is heard in its own words, and was a try
    post.front.clock.move(timedelta(hours=2))
    post.server.answers[TO] = "550 5.1.1 No such user here"
    assert (await ben.post("/me/notify/confirm")).json() == {"ok": False, "words": "550 5.1.1 No such user here"}
    assert (await ben.post("/me/notify/confirm")).status_code == 429
