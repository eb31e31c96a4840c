"""Logs: an event and its data on one line, and no secret in any form."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Literal

import pytest
import structlog

from controller.core import log
from controller.core.secrets import Secret
from controller.hosts.credential_schemas import CredentialChanges, NewCredential
from controller.ssh.target import Password, PrivateKey

WORD = "open-sesame-4711"
Form = Literal["text", "json"]
Start = Callable[[str, Form], StringIO]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Set the log up, to write into what comes back."""

    def start(level: str, form: Form) -> StringIO:
        written = StringIO()
        with monkeypatch.context() as inside:
            inside.setattr("sys.stderr", written)
            log.configure(level, form)
        return written

    yield start
    structlog.reset_defaults()
    logging.getLogger().handlers = []
    logging.getLogger().setLevel(logging.WARNING)


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_masked_however_they_come(started: Start, form: Form) -> None:
    stream = started("INFO", form)
    secret = Secret(WORD)
    holders = [
        secret, [secret], {"deep": {"er": secret}}, Password(secret), PrivateKey(secret, secret),
        NewCredential(name="n", kind="password", password=WORD, private_key=WORD, passphrase=WORD),
        CredentialChanges(password=WORD, private_key=WORD, passphrase=WORD),
    ]  # fmt: skip
    logger = structlog.get_logger()
    for holder in holders:
        logger.info("test.event", held=holder, text=f"{holder}")
        logging.getLogger("library").warning("held: %s %r", holder, holder)
    assert WORD not in stream.getvalue()
    assert stream.getvalue().count("test.event") == len(holders)
    assert stream.getvalue().count("held: ") == len(holders)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_values(started: Start, form: Form) -> None:
    stream = started("INFO", form)

    def fail(password: str) -> None:
        local = password + "!"
        raise RuntimeError(f"{len(local)} characters")

    try:
        fail(WORD)
    except RuntimeError:
        structlog.get_logger().exception("test.failed")
        logging.getLogger("library").exception("failed")
    written = stream.getvalue()
    assert WORD not in written
    assert written.count("RuntimeError: 17 characters") == 2


def test_json_is_one_object_a_line_with_level_and_time(started: Start) -> None:
    stream = started("INFO", "json")
    structlog.get_logger().info("test.event", number=1, text="two\nlines")
    logging.getLogger("library").warning("three %s", "four")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["number"], first["text"]) == ("test.event", "info", 1, "two\nlines")
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("three four", "warning")


def test_what_is_below_the_level_is_not_written_and_libraries_are_heard_from_warnings_up(started: Start) -> None:
    stream = started("WARNING", "text")
    structlog.get_logger().info("test.quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger().warning("test.loud")
    assert "quiet" not in stream.getvalue()
    assert "test.loud" in stream.getvalue()
