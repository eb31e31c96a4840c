"""Guessing passwords is slow: by name and by address, in the database, whatever headers a client sends."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from controller.core.clock import utc_now
from controller.core.db import Database
from tests.support.front import PASSWORD, Browser, Front, build


async def fail(front: Front, **failures: int) -> None:
    """As if that many logins had failed: "name_admin" or "address_198.51.100.1" by number."""
    for key, number in failures.items():
        await front.do(
            "insert into login_failure values (:key, :number, :now)",
            key=key.replace("_", ":", 1),
            number=number,
            now=utc_now(front.clock),
        )


async def guess(browser: Browser, times: int, username: str = "admin") -> list[int]:
    return [(await browser.log_in(username, "not the password")).status_code for _ in range(times)]


async def test_a_name_is_slowed_down_from_every_address_and_free_again_later(front: Front) -> None:
    await front.admin()
    assert await guess(await front.browser("198.51.100.1"), 5) == [401] * 5
    other = await front.browser("198.51.100.2")
    answer = await other.log_in("Admin")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert int(answer.headers["retry-after"]) >= 1
    front.clock.move(timedelta(minutes=5))
    assert (await other.log_in("admin")).status_code == 200
    assert (await other.log_in("admin")).status_code == 200


async def test_an_address_is_slowed_down_whatever_names_it_tries(front: Front) -> None:
    await front.admin()
    await fail(front, **{"address_198.51.100.1": 13})
    browser = await front.browser("198.51.100.1")
    assert [*await guess(browser, 1, "one"), *await guess(browser, 1, "two")] == [401, 401]
    assert (await browser.log_in("admin")).status_code == 429
    assert (await (await front.browser("198.51.100.2")).log_in("admin")).status_code == 200


async def test_many_at_once_get_no_more_guesses_than_one_after_another(front: Front) -> None:
    await front.admin()
    browser = await front.browser("198.51.100.1")
    answers = await asyncio.gather(*(browser.log_in("admin", "not the password") for _ in range(20)))
    counts = Counter(answer.status_code for answer in answers)
    assert counts == {401: 5, 429: 15}


async def test_accounts_are_not_registered_by_the_hundred(front: Front) -> None:
    admin = await front.admin()
    await admin.patch("/settings", json={"self_registration": True})
    browser = await front.browser("198.51.100.1")
    answers = [
        (await browser.post("/register", json={"username": f"guest-{n}", "password": PASSWORD})).status_code
        for n in range(16)
    ]
    assert answers == [201] * 15 + [429]


async def test_an_ipv6_network_counts_as_one_address(front: Front) -> None:
    await front.admin()
    await fail(front, **{"address_2001:db8:1:2::/64": 14})
    assert await guess(await front.browser("2001:db8:1:2::7"), 1, "one") == [401]
    assert await guess(await front.browser("2001:db8:1:2:ffff::1"), 1, "another") == [429]
    assert await guess(await front.browser("2001:db8:1:3::1"), 1, "another") == [401]


async def test_a_restart_forgets_nothing(front: Front, database: Database, tmp_path: Path) -> None:
    await front.admin()
    await fail(front, name_admin=4)
    await guess(await front.browser(), 1)
    restarted = build(database, tmp_path, front.clock)
    assert (await (await restarted.browser()).log_in("admin")).status_code == 429
    await restarted.close()


async def test_a_good_login_does_not_wash_the_address_clean(front: Front) -> None:
    await front.admin()
    browser = await front.browser("198.51.100.1")
    await fail(front, **{"address_198.51.100.1": 14})
    assert (await browser.log_in("admin")).status_code == 200
    assert await guess(browser, 2, "more") == [401, 429]


async def test_a_forwarded_address_is_believed_of_trusted_proxies_alone(
    front: Front, database: Database, tmp_path: Path
) -> None:
    await front.admin()
    await fail(front, **{"address_198.51.100.1": 15})
    liar = await front.browser("198.51.100.1", X_Forwarded_For="203.0.113.200")
    assert await guess(liar, 1, "another") == [429]
    trusting = build(database, tmp_path, front.clock, trusted_proxies="198.51.100.1, 198.51.100.9")
    behind = await trusting.browser("198.51.100.1", X_Forwarded_For="198.51.100.1, 203.0.113.5, 198.51.100.9")
    assert (await behind.log_in("admin")).status_code == 200
    rows = (await behind.get("/me/sessions")).json()["items"]
    assert [row["address"] for row in rows if row["current"]] == ["203.0.113.5"]
    mapped = await trusting.browser("::ffff:198.51.100.1", X_Forwarded_For="203.0.113.6")
    assert (await mapped.log_in("admin")).status_code == 200
    garbage = await trusting.browser("198.51.100.1", X_Forwarded_For="\x7f, unknown")
    assert await guess(garbage, 1, "another") == [429]
    await trusting.close()


async def test_the_present_password_cannot_be_guessed_by_who_holds_a_session(front: Front) -> None:
    browser = await front.admin()
    await fail(front, name_admin=4)
    answers = [
        await browser.post("/me/password", json={"current": f"guess {number}", "new": "another pass phrase"})
        for number in range(2)
    ]
    assert [answer.status_code for answer in answers] == [400, 429]
    right = await browser.post("/me/password", json={"current": PASSWORD, "new": "another pass phrase"})
    assert right.status_code == 429


async def test_an_unknown_name_is_answered_like_a_wrong_password_and_takes_as_much_work(front: Front) -> None:
    await front.admin()
    took: dict[str, list[float]] = {"admin": [], "nobody-here": []}
    texts = set()
    for turn in range(2):
        for name, times in took.items():
            browser = await front.browser(f"203.0.113.{turn}")
            began = time.process_time()  # of all threads, whatever else the machine does
            answer = await browser.log_in(name, "not the password")
            times.append(time.process_time() - began)
            texts.add((answer.status_code, answer.text))
    assert len(texts) == 1
    known, unknown = min(took["admin"]), min(took["nobody-here"])
    assert known / 2 < unknown < known * 2


async def test_waiting_for_hashes_holds_no_connection_of_the_database(front: Front) -> None:
    """As many as the database takes connections come at once, and everybody else is answered meanwhile."""
    admin = await front.admin()
    browser = await front.browser("198.51.100.1")
    flood = [asyncio.create_task(browser.log_in(f"name-{n}", "not the password")) for n in range(9)]
    held = []
    while not all(task.done() for task in flood):
        assert (await admin.get("/me")).status_code == 200
        held.append(len(await front.rows("select 1 from pg_stat_activity where state = 'idle in transaction'")))
    assert {task.result().status_code for task in flood} == {401}
    assert sorted(held)[len(held) // 2] <= 1
