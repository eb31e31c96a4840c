"""Backup and restore over real PostgreSQL: what comes back, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy.engine import URL

from controller.backup import tools
from controller.core.secrets import Keyring
from tests.e2e.shells import add_daemon
from tests.integration.cli.conftest import Moorline
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.front import PASSWORD
from tests.support.postgres import Cluster
from tests.support.sshd import Sshd, free_port, wait_until

pytestmark = pytest.mark.timeout(180)
ADD = ("user", "add", "admin", "--role", "admin", "--all-hosts", "--password", PASSWORD)
FRAMES = 200_000  # as many rows as take a second or two to put in
MANY = f"""
create table frame_many partition of frame for values from ('2001-01-01') to ('2002-01-01');
insert into frame select id, 0, timestamptz '2001-02-01' + n * interval '1 s', 1, array[n, n, n, n, n, n]::real[]
from (select min(id) as id from host) one, generate_series(1, {FRAMES}) n"""


def address(url: URL) -> str:
    """The database as MOORLINE_DATABASE_URL and psycopg have it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def ask(url: URL, query: str) -> list[Any]:
    """The first column of what a query finds."""
    with psycopg.connect(address(url), autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def fill(moorline: Moorline, name: str) -> None:
    """An administrator, and a host with a password that is stored sealed."""
    assert moorline(*ADD).status == 0
    said = moorline("host", "add", "192.0.2.10", "--name", name, "--ask-password", typed="open sesame\n")
    assert said.status == 0, said.err


@pytest.fixture
def other_url(cluster: Cluster) -> Iterator[URL]:
    """A database with nothing in it."""
    url = cluster.copy("template0")
    yield url
    cluster.drop(url)


async def test_a_running_moorline_is_saved_and_brought_back_elsewhere(tmp_path: Path, sshd: Sshd) -> None:
    """With its own PostgreSQL: hosts, a credential that logs in, and frames; the old one's key comes by hand."""
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "saved.moorline"
    port = free_port()
    controller = Controller(old, port, tick_s="1")
    await controller.start()
    try:
        token = await controller.first_run_token()
        async with Api(f"http://127.0.0.1:{port}") as api:
            await api.set_up(token, "admin", PASSWORD)
            host_id = await add_daemon(api, sshd, "web-1")
            await api.wait_for_host(host_id, lambda now: now["last_frame_at"])
        first = await first_stored(old)
        said = await shell(old, "--json", "backup", str(file))
        assert said["counts"] == {"hosts": 1, "credentials": 1, "users": 1, "jobs": 0}
        assert (said["key_file"], said["with_key"]) == (str(old / "master.key"), False)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert zipfile.ZipFile(file).namelist() == ["database.dump", "moorline.json"]
        refused = await shell(old, "restore", str(file), "--replace", "--yes", status=1)
        assert "a Moorline runs over" in refused
    finally:
        await controller.stop()
    keyless = await shell(new, "restore", str(file), status=1)
    assert f"the key file {new / 'master.key'} is not there; put the master.key that you keep apart" in keyless
    new.mkdir(exist_ok=True)
    (new / "master.key").write_bytes((old / "master.key").read_bytes())
    assert "Restored: 1 hosts, 1 credentials, 1 users, 0 jobs" in await shell(new, "restore", str(file))
    again = Controller(new, port, tick_s="1")
    await again.start()
    try:
        async with Api(f"http://127.0.0.1:{port}") as api:
            await log_in_once_it_listens(api)
            shown = await api.wait_for_host(host_id, lambda now: now["state"] == "up")  # its credential opened
            assert shown["name"] == "web-1"
        assert (await stored(new))[0] == first
    finally:
        await again.stop()


async def log_in_once_it_listens(api: Api) -> None:
    """Log in, as soon as the controller answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await api.log_in("admin", PASSWORD)
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def stored(data: Path) -> list[Any]:
    """When the frames that are stored were read, the oldest first; a controller may run or not."""
    code = (
        "import asyncio, json, sys\nfrom pathlib import Path\nimport psycopg\n"
        "from controller.core.postgres import borrow\n"
        "async def main():\n"
        "    async with borrow(Path(sys.argv[1])) as url:\n"
        "        address = url.set(drivername='postgresql').render_as_string()\n"
        "        with psycopg.connect(address) as connection:\n"
        "            rows = connection.execute('select ts::text from frame order by ts').fetchall()\n"
        "            print(json.dumps([row[0] for row in rows]))\n"
        "asyncio.run(main())\n"
    )
    words = (sys.executable, "-c", code, str(data))
    process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out, _ = await process.communicate()
    found: list[Any] = json.loads(out.decode().splitlines()[-1])
    return found


async def first_stored(data: Path) -> Any:
    """When the oldest frame was read, as soon as there is one."""
    async with asyncio.timeout(60):
        while not (found := await stored(data)):
            await asyncio.sleep(0.2)
    return found[0]


async def shell(data: Path, *words: str, status: int = 0) -> Any:
    """`moorline` in a process of its own: its JSON where that was asked for, else what it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOORLINE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "controller.cli", *words),
        env={**environment, "MOORLINE_DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == status, (out, err)
    return json.loads(out) if "--json" in words else (out + err).decode()


def test_a_backup_with_its_key_opens_anywhere(
    moorline: Moorline, database_url: URL, other_url: URL, tmp_path: Path
) -> None:
    fill(moorline, "web-1")
    file, elsewhere = tmp_path / "saved", tmp_path / "elsewhere"
    said = moorline("backup", str(file), "--with-key")
    assert (said.status, "whoever has" in said.out) == (0, True)
    assert b"open sesame" not in file.read_bytes()
    mark = Keyring.load(elsewhere / "master.key").active  # of another Moorline, whose secrets it is to open further on
    there = {"database_url": address(other_url), "data_dir": str(elsewhere)}
    assert moorline("restore", str(file), **there).status == 0
    ring = Keyring.load(elsewhere / "master.key")
    assert ring.active == Keyring.load(tmp_path / "master.key").active
    assert len(ring.key(mark)) == 32
    assert ask(other_url, "select name from host") == ["web-1"]
    assert ask(other_url, "select sealed_password from credential") == ask(
        database_url, "select sealed_password from credential"
    )
    assert moorline("host", "list", **there).status == 0  # with the vault opened
    assert moorline("backup", str(tmp_path / "second"), **there).status == 0  # also of what was restored
    assert moorline("restore", str(tmp_path / "second"), "--replace", "--yes", **there).status == 0
    assert ask(other_url, "select name from host") == ["web-1"]
    assert ask(other_url, f"select count(*) from pg_namespace where nspname = '{tools.REPLACED}'") == [0]
    assert moorline("migrate", **there).status == 0


def test_what_is_there_is_replaced_only_when_that_is_said(
    moorline: Moorline, database_url: URL, tmp_path: Path
) -> None:
    fill(moorline, "old")
    file = tmp_path / "saved"
    assert moorline("backup", str(file)).status == 0
    twice = moorline("backup", str(file))
    assert (twice.status, "is there already" in twice.err) == (1, True)
    assert moorline("host", "add", "192.0.2.11", "--name", "new").status == 0
    refused = moorline("restore", str(file))
    assert (refused.status, refused.out) == (1, "")
    assert "not empty (2 hosts, 1 credentials, 1 users, 0 jobs), and nothing was changed" in refused.err
    assert moorline("restore", str(file), "--replace", typed="n\n").status == 130
    assert sorted(ask(database_url, "select name from host")) == ["new", "old"]
    with psycopg.connect(address(database_url)):
        used = moorline("restore", str(file), "--replace", "--yes")
        assert (used.status, "somebody is connected" in used.err) == (1, True)
    done = moorline("--json", "restore", str(file), "--replace", typed="y\n")
    assert done.json["counts"]["hosts"] == 1
    assert ask(database_url, "select name from host") == ["old"]


def test_another_key_file_is_found_out_before_anything_is_changed(
    moorline: Moorline, database_url: URL, tmp_path: Path
) -> None:
    fill(moorline, "old")
    file = tmp_path / "saved"
    assert moorline("backup", str(file)).status == 0
    other = tmp_path / "other.key"
    Keyring.load(other)
    said = moorline("restore", str(file), "--replace", "--yes", key_file=str(other))
    assert (said.status, "does not open what is stored in the backup" in said.err) == (1, True)
    said = moorline("backup", str(tmp_path / "third"), "--with-key", key_file=str(other))
    assert (said.status, "is not the key file of this database" in said.err) == (1, True)
    assert not list(tmp_path.glob("*third*"))
    assert not list(tmp_path.glob(".*"))
    assert ask(database_url, "select name from host") == ["old"]


def test_what_is_no_whole_backup_is_said_to_be_none(moorline: Moorline, database_url: URL, tmp_path: Path) -> None:
    fill(moorline, "old")
    file = tmp_path / "saved"
    assert moorline("backup", str(file)).status == 0
    whole = file.read_bytes()
    newer = json.loads(zipfile.ZipFile(file).read("moorline.json"))
    with zipfile.ZipFile(file) as archive:
        dump = archive.read("database.dump")
    wrong = {
        "is only a part of a backup": whole[: len(whole) // 2],
        "is no backup of Moorline": b"-- PostgreSQL database dump\n" * 50,
        "is damaged": whole.replace(dump[2000:2010], b"0123456789"),
        "newer than this one; update": zipped(tmp_path, {**newer, "revision": "9999", "version": "77.0"}, dump),
        "a newer Moorline than this": zipped(tmp_path, {**newer, "format": 2}, dump),
        "could not be put in, and nothing was changed": zipped(tmp_path, newer, dump[: len(dump) // 2]),
    }
    for words, data in wrong.items():
        file.write_bytes(data)
        said = moorline("restore", str(file), "--replace", "--yes")
        assert (said.status, said.out, said.err.count("\n")) == (1, "", 1), said
        assert words in said.err
        assert ask(database_url, "select name from host") == ["old"], words
    assert ask(database_url, f"select count(*) from pg_namespace where nspname = '{tools.REPLACED}'") == [0]


def zipped(folder: Path, manifest: dict[str, Any], dump: bytes) -> bytes:
    """A file in a backup's form."""
    with zipfile.ZipFile(folder / "made", "w") as archive:
        archive.writestr("database.dump", dump)
        archive.writestr("moorline.json", json.dumps(manifest))
    return (folder / "made").read_bytes()


def test_a_database_that_is_none_of_ours_makes_no_backup(moorline: Moorline, other_url: URL, tmp_path: Path) -> None:
    said = moorline("backup", str(tmp_path / "saved"), database_url=address(other_url))
    assert (said.status, "holds nothing of Moorline" in said.err) == (1, True)
    said = moorline("backup", str(tmp_path / "saved"), database_url="", data_dir=str(tmp_path / "nowhere"))
    assert (said.status, "there is no database in" in said.err) == (1, True)
    assert not list(tmp_path.glob("*saved*"))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_a_restore_that_is_killed_half_way_leaves_the_old_data(
    moorline: Moorline, database_url: URL, cluster: Cluster, tmp_path: Path, sign: signal.Signals
) -> None:
    fill(moorline, "saved")
    ask(database_url, MANY)
    file = tmp_path / "saved"
    assert moorline("backup", str(file)).status == 0
    ask(database_url, "update host set name = 'later'; truncate frame_many")
    words = ("-m", "controller.cli", "restore", str(file), "--replace", "--yes")
    settings = {"MOORLINE_DATABASE_URL": address(database_url), "MOORLINE_DATA_DIR": str(tmp_path)}
    process = subprocess.Popen([sys.executable, *words], env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: copying(cluster, database_url), timeout_s=60, what="rows to be on their way")
        process.send_signal(sign)
        assert process.wait(30) != 0
    finally:
        process.kill()
        process.wait()
    wait_until(lambda: not cluster.sessions(database_url), what="the server to notice")
    assert ask(database_url, "select name from host") == ["later"]
    assert ask(database_url, f"select count(*) from pg_namespace where nspname = '{tools.REPLACED}'") == [0]
    assert moorline("restore", str(file), "--replace", "--yes").status == 0
    assert ask(database_url, "select name from host") == ["saved"]
    assert ask(database_url, "select count(*) from frame_many") == [FRAMES]


def copying(cluster: Cluster, url: URL) -> bool:
    """Are frames being put in?"""
    return any(query.startswith("COPY public.frame_many") for query in cluster.sessions(url))


def test_passwords_are_in_no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "prefer")
    url = URL.create("postgresql+psycopg", "mo or", "se/cret", "db.example.org", 5433, "fleet", {"sslmode": "require"})
    told = tools.environment(url)
    assert (told["PGUSER"], told["PGPASSWORD"], told["PGHOST"]) == ("mo or", "se/cret", "db.example.org")
    assert (told["PGPORT"], told["PGDATABASE"], told["PGSSLMODE"]) == ("5433", "fleet", "require")


@pytest.mark.parametrize("word", ["backup", "restore"])
def test_they_explain_themselves(moorline: Moorline, word: str) -> None:
    said = moorline(word, "--help")
    assert (said.status, said.err) == (0, "")
    assert "FILE" in said.out.splitlines()[0]
