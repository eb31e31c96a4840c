"""Mail over a real server: how it is kept private, and what is said when it does not work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from controller.notify.channels.email import CHANNEL, EmailSettings
from controller.notify.plug import ChannelError, Message, SettingsWrong
from tests.support.mail import ADDRESS, PASSWORD, USER, mail_server, make_certificate, silent_server

MESSAGE = Message(
    "web-1 is down", "text ü 中文", "<b>html ü 中文</b>", "token-1", datetime(2026, 11, 27, 16, tzinfo=UTC)
)
TO = "ann@example.org"


def settings(port: int, **other: Any) -> EmailSettings:
    """For the server at that port, whose certificate is known."""
    known = {"authority": make_certificate()[0], "sender": "moorline@example.org", "timeout_s": 5}
    return EmailSettings(host=ADDRESS, port=port, **{**known, **other})


@pytest.mark.parametrize(("offered", "security"), [("starttls", "starttls"), ("tls", "tls")])
async def test_mail_arrives_whole_over_tls_with_a_login(offered: str, security: str) -> None:
    async with mail_server(tls=offered, login=offered == "starttls") as server:
        who = {"username": USER, "password": PASSWORD} if offered == "starttls" else {}
        outcome = await CHANNEL.send(settings(server.port, security=security, **who), MESSAGE, [TO])
    assert not outcome.refused
    (got,) = server.got
    assert (got.sender, got.recipients) == ("moorline@example.org", [TO])
    assert got.tls == (offered == "starttls")  # the server of the other case speaks nothing but TLS
    assert (got.mail["Subject"], got.mail["Message-ID"]) == ("web-1 is down", "<token-1@example.org>")
    assert (got.mail["To"], got.mail["From"]) == (TO, "Moorline <moorline@example.org>")
    assert (got.text.strip(), got.html.strip()) == ("text ü 中文", "<b>html ü 中文</b>")


async def test_required_starttls_sends_nothing_in_the_clear_and_optional_does() -> None:
    async with mail_server(tls="none") as server:
        with pytest.raises(ChannelError, match=r"(?i)starttls") as refused:
            await CHANNEL.send(settings(server.port), MESSAGE, [TO])
        assert not refused.value.lasting
        assert server.got == []
        await CHANNEL.send(settings(server.port, security="starttls_if_offered"), MESSAGE, [TO])
        assert [got.tls for got in server.got] == [False]
    async with mail_server() as server:
        await CHANNEL.send(settings(server.port, security="starttls_if_offered"), MESSAGE, [TO])
        await CHANNEL.send(settings(server.port, security="none"), MESSAGE, [TO])
        assert [got.tls for got in server.got] == [True, False]


async def test_a_foreign_certificate_is_refused_before_a_password_is_sent() -> None:
    async with mail_server(login=True) as server:
        wrong = settings(server.port, authority="", username=USER, password=PASSWORD)
        with pytest.raises(ChannelError, match="is not to be trusted"):
            await CHANNEL.send(wrong, MESSAGE, [TO])
        assert server.got == []
        unchecked = settings(server.port, authority="", verify=False, username=USER, password=PASSWORD)
        assert not (await CHANNEL.send(unchecked, MESSAGE, [TO])).refused


async def test_a_wrong_password_is_said_in_the_servers_words_and_is_tried_again() -> None:
    async with mail_server(login=True) as server:
        with pytest.raises(ChannelError, match=r"refused the login: 535 .*[Aa]uthentication") as refused:
            await CHANNEL.send(settings(server.port, username=USER, password="wrong"), MESSAGE, [TO])
    assert not refused.value.lasting  # somebody mends the password, and the mail goes out
    assert "wrong" not in refused.value.words


async def test_one_recipient_who_is_refused_keeps_nobody_else_from_the_mail() -> None:
    async with mail_server() as server:
        server.answers["nobody@example.org"] = "550 5.1.1 No such user here"
        server.greylisted.add("late@example.org")
        everybody = [TO, "nobody@example.org", "late@example.org"]
        outcome = await CHANNEL.send(settings(server.port, recipients="bcc"), MESSAGE, everybody)
    assert outcome.refused["nobody@example.org"].lasting
    assert "No such user here" in outcome.refused["nobody@example.org"].words
    assert not outcome.refused["late@example.org"].lasting
    (got,) = server.got
    assert got.recipients == [TO]
    assert "nobody" not in got.mail.as_string()
    assert TO not in got.mail.as_string()  # nobody sees the others


async def test_what_hangs_closes_or_refuses_ends_in_time_with_a_word() -> None:
    async with silent_server() as port:
        with pytest.raises(ChannelError, match="did not answer within 1 s"):
            await CHANNEL.send(settings(port, timeout_s=1), MESSAGE, [TO])
    async with mail_server() as server:
        server.close_in_data = True
        with pytest.raises(ChannelError) as closed:
            await CHANNEL.send(settings(server.port), MESSAGE, [TO])
        assert not closed.value.lasting
        server.close_in_data, server.data_answer = False, "554 5.7.1 Looks like spam"
        with pytest.raises(ChannelError, match=r"554 5.7.1 Looks like spam") as spam:
            await CHANNEL.send(settings(server.port), MESSAGE, [TO])
        assert spam.value.lasting
        server.data_answer = "452 4.3.1 Disk is full"
        with pytest.raises(ChannelError, match="452") as full:
            await CHANNEL.send(settings(server.port), MESSAGE, [TO])
        assert not full.value.lasting
        port = server.port
    with pytest.raises(ChannelError, match=f"port {port}"):
        await CHANNEL.send(settings(port), MESSAGE, [TO])


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: eve@example.org", "a\nX-Evil: 1", "a\u2028b\u202ec", "a\r\n\r\nbody", "\ud800"]
)
async def test_no_name_makes_a_header(evil: str) -> None:
    async with mail_server() as server:
        message = Message(f"{evil} is down", "text", "html", "token-2", MESSAGE.at)
        await CHANNEL.send(settings(server.port, sender_name=evil), message, [TO])
    (got,) = server.got
    assert got.recipients == [TO]
    assert got.mail["Bcc"] is None
    assert got.mail["X-Evil"] is None
    assert "is down" in got.mail["Subject"]
    assert got.text.strip() == "text"


@pytest.mark.parametrize(
    "wrong", ["", "ann", "ann@", "@example.org", "ann@example.org\nBcc: x", "a b@example.org", "ann@exa mple", "<a@b>",
              "a@-b.org", "ann@example.org,eve@example.org", "ü@example.org", "a@" + "b" * 300, "\0@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        CHANNEL.address(wrong)


def test_addresses_that_people_have_are_taken() -> None:
    for right in (
        "ann@example.org",
        "a.b+c@sub.example.co.uk",
        "root@localhost",
        "x@[192.0.2.1]",
        "o'neil@example.org",
    ):
        assert CHANNEL.address(f" {right} ") == right


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("password", {"username": "u"}),
        ("username", {"password": "p"}),
        ("security", {"username": "u", "password": "p", "security": "none"}),
        ("security", {"username": "u", "password": "p", "security": "starttls_if_offered"}),
        ("sender", {"sender": "nobody"}),
        ("authority", {"authority": "-----BEGIN nonsense"}),
    ],
)
def test_settings_that_contradict_themselves_name_the_field(field: str, other: dict[str, Any]) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        CHANNEL.check(settings(25, **other))
    assert wrong.value.field == field
