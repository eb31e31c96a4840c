"""Hosts that only another host reaches: all the way through it, and no word of a password outside their own login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest

from tests.integration.onboarding.conftest import Desk, Ground, on_ground, step
from tests.integration.onboarding.test_lab import refuses_passwords
from tests.support.api import ApiError
from tests.support.lab import HostSpec, Lab
from tests.support.sshd import Sshd, free_port

TIMEZONE = {"step": "timezone", "values": {"timezone": "Asia/Shanghai"}}


@dataclass
class Recorder:
    """An SSH server that takes down what it is told at the login."""

    port: int
    key: asyncssh.SSHKey
    begun: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """Its own public key."""
        return " ".join(self.key.export_public_key().decode().split()[:2])


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """One that lets nobody in."""
    made = Recorder(free_port(), asyncssh.generate_private_key("ssh-ed25519"))

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            made.begun.append(username)
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            made.passwords.append(password)
            return False

    listener = await asyncssh.listen("127.0.0.1", made.port, server_factory=Server, server_host_keys=[made.key])
    try:
        yield made
    finally:
        listener.close()
        await listener.wait_closed()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("behind", [False, True], ids=["direct", "behind"])
async def test_a_server_with_another_key_hears_no_password(
    behind: bool, desk: Desk, make_sshd: Callable[..., Sshd]
) -> None:
    jump = None
    if behind:
        gate = await desk.bring(make_sshd(), "gate")
        jump = gate["host_id"]
    wish = {"address": "127.0.0.1", "username": "ops", "password": "not for strangers", "jump_host_id": jump}
    pinned = make_sshd().host_keys[0]
    async with recording() as stranger:
        begun = await desk.call("POST", "/onboardings", 201, wish | {"port": stranger.port, "host_key": pinned})
        ended = await desk.ended(begun)
        assert step(ended, "login")["code"] == "key_changed", ended
        assert (stranger.begun, stranger.passwords) == ([], [])
        # that it takes down what it is told: with its own key pinned, the same password comes
        more = {"port": stranger.port, "host_key": stranger.line, "name": "again"}
        ended = await desk.ended(await desk.call("POST", "/onboardings", 201, wish | more))
        assert step(ended, "login")["code"] == "auth_failed", ended
        assert stranger.passwords == ["not for strangers"]


@pytest.mark.timeout(120)
async def test_the_way_is_named_when_it_does_not_lead_there(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    gate = await desk.bring(make_sshd(settings={"AllowTcpForwarding": "no"}), "gate")
    inner = make_sshd()
    through = {"jump_host_id": gate["host_id"]}
    looked = await desk.call(
        "POST", "/onboardings/fingerprint", 200, {"address": inner.address, "port": inner.port} | through
    )
    assert (looked["presented_key"], looked["code"]) == (None, "forward_prohibited")
    ended = await desk.bring(inner, "inner", **through)
    assert (step(ended, "login")["code"], "gate forbids forwarding" in step(ended, "login")["detail"]) == (
        "forward_prohibited", True,
    )  # fmt: skip
    assert "Accepted" not in inner.log
    nobody = await desk.call("POST", "/onboardings/fingerprint", 400, {"address": "127.0.0.1", "jump_host_id": 10**9})
    assert nobody["errors"][0]["field"] == "jump_host_id"


@pytest.mark.timeout(120)
async def test_a_row_of_a_file_names_the_host_it_is_behind(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    gate = await desk.bring(make_sshd(), "gate")
    inner = make_sshd()
    row = f"{inner.address},{inner.port},ops,{inner.password}"
    table = f"name,address,port,user,password,via\na,{row},Gate\nb,{row},nowhere\n"
    preview = await desk.call("POST", "/imports/preview", 200, {"text": table, "format": "csv"})
    assert [one["jump"] for one in preview["items"]] == ["Gate", "nowhere"]
    assert preview["items"][0]["problems"] == []
    assert "Bring that one in first" in preview["items"][1]["problems"][0]
    begun = await desk.call("POST", "/onboardings/import", 201, {"text": table, "format": "csv"})
    assert [item["id"] is not None for item in begun["items"]] == [True, False]
    assert begun["items"][1]["field"] == "jump_host_id"
    waiting = await desk.until(begun["items"][0], {"key_pending"})
    right = {"fingerprint": waiting["presented_key"]["fingerprint"]}
    await desk.call("POST", f"/onboardings/{waiting['id']}/approve", 200, right)
    ended = await desk.ended(waiting)
    assert ended["state"] == "done", ended
    assert (await desk.call("GET", f"/hosts/{ended['host_id']}"))["jump_host_id"] == gate["host_id"]


@pytest.fixture
async def ground(lab: Lab, tmp_path: Path, database_address: str) -> AsyncIterator[Ground]:
    """A host in front, and one that it alone reaches."""
    async with on_ground(lab, tmp_path, [HostSpec("gate"), HostSpec("inner", behind="gate")], database_address) as made:
        yield made


@pytest.mark.root
@pytest.mark.timeout(400)
async def test_a_new_host_behind_another_is_brought_in_set_up_and_watched(ground: Ground) -> None:
    gate = await ground.bring("gate")
    assert gate["state"] == "done", gate
    inner = ground.hosts["inner"]
    place = {"address": inner.address, "port": 22}
    away = await ground.api.call("POST", "/onboardings/fingerprint", place)
    assert away["presented_key"] is None
    through = {"jump_host_id": gate["host_id"]}
    seen = await ground.api.call("POST", "/onboardings/fingerprint", place | through)
    assert seen["presented_key"]["line"] == inner.host_key

    template = {"name": "New VPS", "kind": "init", "spec": {"steps": [TIMEZONE]}}
    made = await ground.api.call("POST", "/job-templates", template)
    wish = through | {"disable_password": True, "init": {"template_id": made["id"]}}
    done = await ground.bring("inner", **wish)
    assert done["state"] == "done", done
    assert step(done, "init")["detail"].startswith("New VPS: job ")
    job = await ground.api.call("GET", f"/jobs/{done['found']['init_job_id']}")
    assert (job["state"], job["counts"]["changed"], job["become"]) == ("succeeded", 1, None)
    assert inner.exec("date +%Z").strip() == "CST"
    assert refuses_passwords(inner)
    host = await ground.api.wait_for_host(done["host_id"], lambda now: now["state"] == "up")
    assert host["jump_host_id"] == gate["host_id"]
    with pytest.raises(ApiError, match="sudo"):
        await ground.bring("inner", **wish, account={"name": "moor", "sudo": "none"})
