"""The first administrator comes in by a one-time link, and by nothing else."""

from __future__ import annotations

import asyncio

import pytest

from controller.audit.service import Actor
from controller.core.clock import utc_now
from controller.users import accounts
from controller.users.act import Deed
from controller.users.rights import Role
from tests.support.front import PASSWORD, Front


async def test_the_link_makes_the_first_administrator_once(front: Front) -> None:
    browser, word = await front.browser(), await front.link()
    assert (await browser.get("/setup")).json() == {"needed": True, "self_registration": False}
    answer = await browser.enter("/setup", token=word, username="root", password=PASSWORD)
    assert answer.status_code == 201
    assert (answer.json()["role"], answer.json()["all_hosts"]) == ("admin", True)
    assert (await browser.get("/me")).json()["username"] == "root"
    again = await (await front.browser()).enter("/setup", token=word, username="second", password=PASSWORD)
    assert (again.status_code, again.json()["code"]) == (409, "set_up")
    assert (await browser.get("/setup")).json()["needed"] is False
    assert await front.rows("select username from user_account") == ["root"]


async def test_a_user_made_on_the_command_line_who_is_no_administrator_leaves_the_link_good(front: Front) -> None:
    async with front.controller.database.session() as session:
        deed = Deed(Actor("system", None, "command line"), utc_now(front.clock), front.controller.bus)
        await accounts.create(session, deed, "viewer", PASSWORD, accounts.Rights(Role.VIEWER))
    browser = await front.browser()
    answer = await browser.enter("/setup", token=await front.link(), username="root", password=PASSWORD)
    assert answer.status_code == 201


async def test_two_at_once_make_one(front: Front) -> None:
    word = await front.link()
    first, second = await front.browser(), await front.browser()
    answers = await asyncio.gather(
        first.enter("/setup", token=word, username="first", password=PASSWORD),
        second.enter("/setup", token=word, username="second", password=PASSWORD),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(await front.rows("select username from user_account")) == 1


@pytest.mark.parametrize("word", ["", "wrong", "x" * 100_000, "\0", "null"])
async def test_a_wrong_word_makes_nobody(front: Front, word: str) -> None:
    await front.link()
    answer = await (await front.browser()).enter("/setup", token=word, username="root", password=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_token")
    assert await front.rows("select 1 from user_account") == []


async def test_before_a_link_was_printed_no_word_is_right(front: Front) -> None:
    answer = await (await front.browser()).enter("/setup", token="", username="root", password=PASSWORD)
    assert answer.status_code == 403


async def test_only_the_link_that_was_printed_last_is_good(front: Front) -> None:
    old, new = await front.link(), await front.link()
    browser = await front.browser()
    assert (await browser.enter("/setup", token=old, username="root", password=PASSWORD)).status_code == 403
    assert (await browser.enter("/setup", token=new, username="root", password=PASSWORD)).status_code == 201


async def test_a_password_that_is_refused_does_not_use_up_the_link(front: Front) -> None:
    browser, word = await front.browser(), await front.link()
    short = await browser.enter("/setup", token=word, username="root", password="short")
    assert (short.status_code, short.json()["errors"][0]["field"]) == (400, "password")
    assert (await browser.enter("/setup", token=word, username="root", password=PASSWORD)).status_code == 201


async def test_no_name_and_password_are_good_before_set_up(front: Front) -> None:
    browser = await front.browser()
    await front.link()
    for username, password in [("admin", "admin"), ("admin", "moorline"), ("root", ""), ("moorline", "moorline123")]:
        assert (await browser.log_in(username, password)).status_code == 401
    answer = await browser.enter("/register", username="early", password=PASSWORD)
    assert answer.status_code == 403


async def test_the_word_is_nowhere_in_the_database(front: Front) -> None:
    word = await front.link()
    assert word not in str(await front.rows("select value::text from app_setting"))
