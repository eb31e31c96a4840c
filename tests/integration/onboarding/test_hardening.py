"""Password logins off, on real sshds: kept when all goes well, taken back by the host itself when it does not."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest

from controller.onboarding import hardening
from tests.integration.onboarding.conftest import Desk, authorize, step
from tests.support.sshd import Sshd, wait_until

pytestmark = pytest.mark.timeout(240)
ROOT = {"PermitRootLogin": "yes"}


def with_folder(daemon: Sshd) -> None:
    """Settings that include a folder, as Debian's do, with a cloud's file in it."""
    folder = daemon.folder / "sshd.d"
    folder.mkdir()
    (folder / "50-cloud-init.conf").write_text("PasswordAuthentication yes\n")
    path = daemon.folder / "sshd_config"
    path.write_text(f"Include {folder}/*.conf\n{path.read_text()}")


def takes_passwords(daemon: Sshd) -> bool:
    """Does it offer a login by password? None is sent."""
    command = ["ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
               "-o", "PreferredAuthentications=none", "-F", "none",
               "-p", str(daemon.port), f"ops@{daemon.address}"]  # fmt: skip
    said = ""
    for _ in range(50):  # between one listener and the next there is none for a moment
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stderr
        if "Connection refused" not in said:
            break
        time.sleep(0.1)
    assert "Permission denied" in said, said
    return "password" in said.split("Permission denied")[1]


def left_behind(daemon: Sshd) -> list[str]:
    """Clocks that still run for this daemon's file."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if "/moorline." in line and "sleep" in line and "ps -eo" not in line]


async def test_passwords_are_refused_afterwards(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(uid=0, settings=ROOT)
    with_folder(daemon)
    assert takes_passwords(daemon)
    done = await desk.bring(daemon, disable_password=True)
    assert done["state"] == "done", done
    assert step(done, "harden")["detail"] == f"{daemon.folder}/sshd.d/00-moorline.conf"
    assert not takes_passwords(daemon)
    assert left_behind(daemon) == []
    assert (await desk.front.controller.pool.exec(done["host_id"], "true")).exit_status == 0


async def test_without_a_folder_the_lines_come_first(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(uid=0, settings=ROOT)
    before = (daemon.folder / "sshd_config").read_text()
    done = await desk.bring(daemon, disable_password=True)
    assert done["state"] == "done", done
    after = (daemon.folder / "sshd_config").read_text()
    assert after.endswith(before)
    assert after.startswith("# Moorline")
    assert not takes_passwords(daemon)


async def test_settings_that_sshd_refuses_are_not_touched(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(uid=0, settings=ROOT)
    with_folder(daemon)
    with (daemon.folder / "sshd_config").open("a") as file:
        file.write("NoSuchSetting yes\n")
    done = await desk.bring(daemon, disable_password=True)
    assert step(done, "harden")["code"] == "test", done
    assert "NoSuchSetting" in step(done, "harden")["detail"]
    assert done["host_id"] is not None  # the key works, and the host is kept
    assert sorted(path.name for path in (daemon.folder / "sshd.d").iterdir()) == ["50-cloud-init.conf"]
    assert takes_passwords(daemon)


async def test_what_another_place_keeps_open_is_said(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(uid=0, settings=ROOT)
    with_folder(daemon)
    with (daemon.folder / "sshd_config").open("a") as file:
        file.write("Match User ops\n  PasswordAuthentication yes\n")
    done = await desk.bring(daemon, disable_password=True)
    assert step(done, "harden")["code"] == "overridden", done
    assert sorted(path.name for path in (daemon.folder / "sshd.d").iterdir()) == ["50-cloud-init.conf"]


async def test_a_login_that_fails_afterwards_takes_it_back_at_once(
    desk: Desk, make_sshd: Callable[..., Sshd], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is fine to sshd, and yet nobody could come in with it: key and password are both asked for."""
    daemon = make_sshd(uid=0, settings=ROOT)
    with_folder(daemon)
    late = daemon.folder / "late.conf"  # takes effect with the reload alone
    with (daemon.folder / "sshd_config").open("a") as file:
        file.write(f"Include {late}\n")
    late.write_text("DenyUsers ops\n")
    done = await desk.bring(daemon, disable_password=True)
    assert done["state"] == "failed"
    harden = step(done, "harden")
    assert "back as it was" in harden["detail"], harden
    assert sorted(path.name for path in (daemon.folder / "sshd.d").iterdir()) == ["50-cloud-init.conf"]
    assert left_behind(daemon) == []


async def test_the_host_takes_it_back_by_itself_when_nobody_comes_back(make_sshd: Callable[..., Sshd]) -> None:
    """The controller was killed after the change: the host's own clock undoes it, and passwords are taken again."""
    daemon = make_sshd(uid=0, settings=ROOT)
    with_folder(daemon)
    script = hardening.arm("ops", seconds=3)
    key = daemon.folder / "client"
    authorize(daemon, (daemon.folder / "client.pub").read_text())
    command = ["ssh", "-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
               "-F", "none",
               "-p", str(daemon.port), f"ops@{daemon.address}", "exec /bin/sh -s"]  # fmt: skip
    said = subprocess.run(command, input=script, capture_output=True, text=True, check=True, timeout=30).stdout
    armed = hardening.read(said)
    assert armed.place.endswith("/00-moorline.conf")
    wait_until(lambda: not takes_passwords(daemon), what="the new setting")
    wait_until(lambda: takes_passwords(daemon), timeout_s=20, what="the host to take it back")
    assert sorted(path.name for path in (daemon.folder / "sshd.d").iterdir()) == ["50-cloud-init.conf"]
    late = subprocess.run(
        command, input=hardening.disarm(armed), capture_output=True, text=True, check=False, timeout=30
    )
    assert "problem late" in late.stdout
