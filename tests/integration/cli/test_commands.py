"""The command line over a real database: what it says to people, to programs, and when something is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
import pytest
from sqlalchemy.engine import URL

from controller import cli
from tests.integration.cli.conftest import Moorline
from tests.support.front import PASSWORD

ADD = ("user", "add", "admin", "--role", "admin", "--all-hosts", "--password", PASSWORD)


def everything(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    """Every command by its words."""
    yield above
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from everything(command, *above, name)
        else:
            yield (*above, name)


@pytest.mark.parametrize("words", list(everything(cli.cli)), ids=" ".join)
def test_every_command_explains_itself(run: Moorline, words: tuple[str, ...]) -> None:
    said = run(*words, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("Usage: ")
    description = said.out.split("\n\n")[1].strip()
    assert description.endswith((".", "docs/reference/settings.md."))
    assert len(description) > 10


@pytest.mark.parametrize(
    "words", [("nonsense",), ("user", "nonsense"), ("host", "add"), ("user", "add", "--role", "god", "x")]
)
def test_a_command_that_is_none_says_what_there_is(run: Moorline, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert (said.status, said.out) == (2, "")
    assert "Usage:" in said.err
    assert "Error:" in said.err


def test_migrate_says_that_it_is_done(moorline: Moorline) -> None:
    assert moorline("migrate").out == "The tables are up to date.\n"
    assert moorline("--json", "migrate").json == {"migrated": True}


def test_users_from_beginning_to_end(moorline: Moorline) -> None:
    assert moorline("user", "list").out == "There is no user yet.\n"
    assert moorline("--json", "user", "list").json == []
    said = moorline("--json", *ADD)
    assert said.json == {"id": 1, "username": "admin", "role": "admin", "all_hosts": True, "enabled": True}
    typed = moorline("--json", "user", "add", "visitor", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert typed.json["role"] == "viewer"  # what is asked does not stand in the answer's way
    assert PASSWORD not in typed.out + typed.err
    assert moorline("user", "disable", "VISITOR").out == "visitor is disabled.\n"
    assert "disabled" in moorline("user", "list").out
    assert moorline("user", "enable", "visitor").out == "visitor is enabled.\n"
    assert moorline("user", "password", "visitor", "--password", "another pass phrase").status == 0
    declined = moorline("--json", "user", "remove", "visitor", typed="n\n")
    assert (declined.status, declined.out) == (130, "")
    assert moorline("--json", "user", "remove", "visitor", typed="y\n").json["username"] == "visitor"
    assert [user["username"] for user in moorline("--json", "user", "list").json] == ["admin"]


def test_tokens_from_beginning_to_end(moorline: Moorline) -> None:
    moorline(*ADD)
    assert moorline("token", "list", "admin").out == "None.\n"
    made = moorline("--json", "token", "create", "admin", "--name", "ci", "--scope", "read", "--scope", "write").json
    assert made["scopes"] == ["read", "write"]
    assert made["token"].startswith("ml_")
    assert moorline("token", "create", "admin", "--name", "other").out.startswith("ml_")
    listed = moorline("--json", "token", "list", "admin")
    assert [token["name"] for token in listed.json] == ["ci", "other"]
    assert made["token"] not in listed.out
    assert moorline("token", "revoke", "admin", str(made["id"])).out == "The token is revoked.\n"
    again = moorline("token", "revoke", "admin", str(made["id"]))
    assert (again.status, again.err) == (1, "moorline: There is no such token.\n")


def test_hosts_from_beginning_to_end(moorline: Moorline, tmp_path: Path) -> None:
    early = moorline("host", "list")
    assert early.status == 1
    assert "no administrator yet" in early.err
    moorline(*ADD)
    assert "no host yet" in moorline("host", "list").out
    added = moorline(
        "--json", "host", "add", "192.0.2.10", "--name", "web-1", "--tag", "eu", "--ask-password", typed="open\n"
    )
    assert (added.json["name"], added.json["tags"]) == ("web-1", ["eu"])
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    again = moorline("host", "add", "192.0.2.11", "--name", "WEB-1")
    assert (again.status, "name" in again.err) == (1, True)
    assert moorline("host", "add", "2001:db8::1", "--credential", "web-1").status == 0
    assert "root@[2001:db8::1]:22" in moorline("host", "list").out
    assert moorline("host", "disable", "web-1").out == "web-1 is disabled.\n"
    states = {host["name"]: host["state"] for host in moorline("--json", "host", "list").json}
    assert states == {"web-1": "disabled", "2001:db8::1": "connecting"}
    assert moorline("host", "enable", "web-1").status == 0
    assert moorline("host", "remove", "web-1", "--yes").out == "web-1 is deleted.\n"


IMPOSSIBLE = (
    (("user", "disable", "nobody"), "There is no user nobody."),
    (("user", "disable", "admin"), "last administrator"),
    (("user", "remove", "admin", "--yes"), "last administrator"),
    (("user", "add", "ADMIN", "--password", PASSWORD), "a user of that name already"),
    (("user", "add", "other", "--password", "short"), "at least 10 characters"),
    (("user", "add", "a b", "--password", PASSWORD), "not usable"),
    (("token", "create", "nobody", "--name", "x"), "There is no user nobody."),
    (("host", "enable", "nowhere"), "There is no host named nowhere"),
    (("host", "add", "not an address"), "address"),
    (("host", "add", "192.0.2.1", "--port", "0"), "port"),
    (("host", "add", "192.0.2.1", "--credential", "none"), "no credential named none"),
    (("host", "add", "192.0.2.1", "--group", "none"), "no group named none"),
    (("host", "add", "192.0.2.1", "--owner", "nobody"), "There is no user nobody."),
    (("host", "add", "192.0.2.1", "--host-key", "nonsense"), "no public key"),
    (("host", "add", "192.0.2.1", "--key-file", sys.executable), "cannot be read as a private key"),
    (("host", "add", "192.0.2.1", "--key-file", __file__), "key"),
)


def test_what_cannot_be_done_is_one_sentence(moorline: Moorline) -> None:
    moorline(*ADD)
    for words, sentence in IMPOSSIBLE:
        said = moorline(*words)
        assert (said.status, said.out) == (1, ""), words
        assert sentence in said.err, words
        assert "Traceback" not in said.err
        assert len(said.err.strip().splitlines()) == 1, said.err


@pytest.mark.parametrize("words", [("migrate",), ("user", "list"), ("host", "list"), ("serve",)], ids=" ".join)
@pytest.mark.parametrize(
    "address",
    [
        "postgresql://nobody:open-sesame@127.0.0.1:1/none",
        "mysql://nobody:open-sesame@127.0.0.1/none",
        "nonsense:open-sesame",
    ],
)
def test_a_database_that_is_away_or_none_is_one_sentence(
    run: Moorline, tmp_path: Path, words: tuple[str, ...], address: str
) -> None:
    said = run(*words, database_url=address, data_dir=str(tmp_path / "data"))
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("moorline: ")
    assert len(said.err.strip().splitlines()) == 1
    assert "open-sesame" not in said.err


def test_tables_of_a_later_version_are_left_alone(moorline: Moorline, database_url: URL) -> None:
    address = database_url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    said = moorline("user", "list")
    assert said.status == 1
    assert "another version" in said.err


def test_an_unknown_setting_is_named(moorline: Moorline) -> None:
    said = moorline("user", "list", colour="blue")
    assert (said.status, "unknown setting MOORLINE_COLOUR" in said.err) == (1, True)


@pytest.mark.parametrize("words", [("user", "list"), ("serve",)], ids=" ".join)
def test_a_data_folder_that_cannot_be_is_one_sentence(run: Moorline, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("")
    said = run(*words, data_dir=str(tmp_path / "file" / "data"))
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("moorline: ")
    assert "Traceback" not in said.err


def test_another_key_file_or_none_is_refused_before_anything_is_sealed_with_it(
    moorline: Moorline, tmp_path: Path
) -> None:
    moorline(*ADD)
    moorline("host", "add", "192.0.2.10", "--name", "web-1", "--ask-password", typed="open sesame\n")
    key = tmp_path / "master.key"
    kept = key.read_text()
    key.unlink()
    for words in [("host", "add", "192.0.2.11"), ("serve",)]:
        said = moorline(*words)
        assert said.status == 1
        assert f"the key file {key} is missing" in said.err
        assert not key.exists()
    other = json.loads(kept)
    other["keys"][0]["key"] = "A" * 43 + "="
    foreign = {"keys": [{"id": "00000000", "key": other["keys"][0]["key"]}]}
    for text in (json.dumps(other), json.dumps(foreign), "{}"):
        key.write_text(text)
        said = moorline("serve")
        assert said.status == 1
        assert "key file" in said.err
        assert "backup" in said.err or "restore" in said.err
    key.write_text(kept)
    assert moorline("host", "add", "192.0.2.12").status == 0
