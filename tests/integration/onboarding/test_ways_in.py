"""From password to key: on real sshds, in every way that hosts have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.onboarding.conftest import Desk, home, step
from tests.support.sshd import Sshd

pytestmark = pytest.mark.timeout(180)


async def test_a_password_becomes_a_key_and_a_host(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd()
    looked = await desk.call("POST", "/onboardings/fingerprint", body={"address": daemon.address, "port": daemon.port})
    assert looked["presented_key"]["line"] == daemon.host_keys[0]
    assert "Accepted" not in daemon.log
    done = await desk.bring(daemon, host_key=looked["presented_key"]["line"], tags=["new"])
    assert done["state"] == "done", done
    assert [one["state"] for one in done["steps"]] == [
        "done", "done", "done", "skipped", "done", "done", "done", "skipped", "done", "skipped", "done",
    ]  # fmt: skip
    host = await desk.call("GET", f"/hosts/{done['host_id']}")
    assert (host["name"], host["username"], host["tags"]) == ("web-1", "ops", ["new"])
    assert host["pinned_keys"][0]["fingerprint"] == looked["presented_key"]["fingerprint"]
    result = await desk.front.controller.pool.exec(host["id"], "id -un")
    assert result.stdout == b"ops\n"
    assert "Accepted publickey for ops" in daemon.log
    assert (home(daemon) / ".ssh").stat().st_mode & 0o777 == 0o700
    assert (home(daemon) / ".ssh/authorized_keys").stat().st_mode & 0o777 == 0o600


async def test_the_password_is_nowhere_afterwards(
    desk: Desk, make_sshd: Callable[..., Sshd], logged: Callable[[], str]
) -> None:
    daemon = make_sshd(password="a word to be forgotten")
    done = await desk.bring(daemon)
    assert done["state"] == "done", done
    controller = desk.front.controller
    run = controller.ways_in.running(done["id"])
    assert run is not None
    assert (run.password, run.key, run.contact) == (None, None, None)
    assert daemon.password not in json.dumps(done)
    assert daemon.password not in logged()
    for table in ("onboarding", "audit_entry", "host", "credential"):
        rows = await desk.front.rows(f"select to_jsonb(t)::text from {table} t")
        assert all(daemon.password not in row for row in rows)
    # neither in the arguments of anything that runs there, nor left in its home
    assert all(
        daemon.password not in path.read_text(errors="replace") for path in home(daemon).rglob("*") if path.is_file()
    )


async def test_a_wrong_host_key_gets_no_password(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon, other = make_sshd(), make_sshd()
    done = await desk.bring(daemon, host_key=other.host_keys[0])
    assert done["state"] == "failed"
    assert step(done, "login")["code"] == "key_changed"
    assert "Failed password" not in daemon.log
    assert "Accepted" not in daemon.log
    assert "userauth" not in daemon.log.lower()


async def test_without_a_key_given_it_waits_until_the_fingerprint_is_compared(
    desk: Desk, make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd()
    begun = await desk.begin(daemon, host_key=None)
    waiting = await desk.until(begun, {"key_pending"})
    assert "password" not in daemon.log
    wrong = {"fingerprint": "SHA256:" + "x" * 43}
    refused = await desk.call("POST", f"/onboardings/{begun['id']}/approve", 409, wrong)
    assert refused["code"] == "key_differs"
    right = {"fingerprint": waiting["presented_key"]["fingerprint"]}
    await desk.call("POST", f"/onboardings/{begun['id']}/approve", 200, right)
    done = await desk.ended(begun)
    assert done["state"] == "done", done
    assert step(done, "fingerprint")["state"] == "done"
    other = await desk.begin(make_sshd(), "web-2", host_key=None)
    await desk.until(other, {"key_pending"})
    await desk.call("POST", f"/onboardings/{other['id']}/cancel", 200)
    actions = [one["action"] for one in (await desk.call("GET", "/audit"))["items"]]
    assert {"onboarding.approve", "onboarding.cancel"} <= set(actions)


async def test_twice_leaves_one_key_and_mends_the_last_line(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(home_files={})
    folder = home(daemon) / ".ssh"
    folder.mkdir(mode=0o700)
    theirs = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther someone@else"
    (folder / "authorized_keys").write_text(f"# mine\n{theirs}")  # no line break at its end
    import os

    for path in (folder, folder / "authorized_keys"):
        os.chown(path, daemon.uid, daemon.uid)
    first = await desk.bring(daemon)
    assert first["state"] == "done", first
    credential = (await desk.call("GET", f"/hosts/{first['host_id']}"))["credential_id"]
    again = await desk.bring(daemon, key_credential_id=credential, host_id=first["host_id"])
    assert again["state"] == "done", again
    assert step(again, "install")["detail"].endswith("same")
    lines = (folder / "authorized_keys").read_text().splitlines()
    assert lines[:2] == ["# mine", theirs]
    assert len(lines) == 3
    assert sorted(path.name for path in folder.iterdir()) == ["authorized_keys"]


async def test_an_unusual_place_for_keys_is_found(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(uid=0, settings={"AuthorizedKeysFile": "/home/%u/keys/%u.pub", "PermitRootLogin": "yes"})
    done = await desk.bring(daemon)
    assert done["state"] == "done", done
    assert done["found"]["key_file"] == "/home/ops/keys/ops.pub"


async def test_keyboard_interactive_alone_will_do(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    pam = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
    settings = {"UsePAM": "yes", "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "yes"}
    daemon = make_sshd(settings=settings, pam=pam)
    done = await desk.bring(daemon)
    assert done["state"] == "done", done


@pytest.mark.parametrize(
    ("options", "wish", "code", "says"),
    [
        ({}, {"password": "not this one"}, "auth_failed", "refused the password"),
        ({"settings": {"PasswordAuthentication": "no"}}, {}, "method", "does not take a password"),
        ({}, {"disable_password": True}, "no_root", "neither be root nor use sudo"),
        ({"shell": "/bin/false"}, {}, "no_shell", "runs no commands"),
    ],
)
async def test_what_cannot_be_done_says_why_and_what_to_do(
    desk: Desk,
    make_sshd: Callable[..., Sshd],
    *,
    options: dict[str, Any],
    wish: dict[str, Any],
    code: str,
    says: str,
) -> None:
    daemon = make_sshd(**options)
    done = await desk.bring(daemon, **wish)
    failed = next(one for one in done["steps"] if one["state"] == "failed")
    assert (done["state"], failed["code"]) == ("failed", code), done
    assert says in failed["detail"]
    assert (await desk.call("GET", "/hosts"))["total"] == 0


async def test_a_failure_is_gone_on_with(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd()
    begun = await desk.bring(daemon, password="mistyped")
    assert (begun["state"], begun["needs_password"]) == ("failed", True)
    await desk.call("POST", f"/onboardings/{begun['id']}/resume", 200, {"password": daemon.password})
    done = await desk.ended(begun)
    assert done["state"] == "done", done
    actions = [one["action"] for one in (await desk.call("GET", "/audit"))["items"]]
    assert actions.count("onboarding.finish") == 2
    assert {"onboarding.start", "onboarding.resume", "host.create", "credential.create"} <= set(actions)


async def test_nobody_there_is_said_so(desk: Desk) -> None:
    looked = await desk.call("POST", "/onboardings/fingerprint", body={"address": "127.0.0.1", "port": 9})
    assert looked["presented_key"] is None
    assert looked["code"] == "refused"


async def test_a_file_brings_in_its_hosts_and_each_row_says_how_it_went(
    desk: Desk, make_sshd: Callable[..., Sshd]
) -> None:
    one, two, other = make_sshd(), make_sshd(), make_sshd()
    looked = [
        (await desk.call("POST", "/onboardings/fingerprint", body={"address": d.address, "port": d.port}))[
            "presented_key"
        ]
        for d in (one, other)
    ]
    table = (
        "name,address,port,user,password,groups,fingerprint\n"
        f"a,{one.address},{one.port},ops,{one.password},made here,{looked[0]['fingerprint']}\n"
        f"b,{two.address},{two.port},ops,{two.password},,{looked[1]['fingerprint']}\n"
        "c,,22,ops,x,,\n"
    )
    begun = await desk.call("POST", "/onboardings/import", 201, {"text": table, "format": "csv"})
    assert [item["id"] is not None for item in begun["items"]] == [True, True, False]
    assert begun["items"][2]["detail"] == "The address is missing."
    first, second = [await desk.ended({"id": item["id"]}) for item in begun["items"][:2]]
    assert first["state"] == "done", first
    assert step(second, "fingerprint")["code"] == "key_differs"
    assert "password" not in two.log.lower()
    groups = (await desk.call("GET", "/groups"))["items"]
    assert [(group["name"], group["host_count"]) for group in groups] == [("made here", 1)]


async def test_an_import_is_tried_before_it_is_done(desk: Desk) -> None:
    text = "Host a\n HostName 192.0.2.1\nHost b\n HostName 192.0.2.2\n"
    body = {"text": text, "format": "ssh_config", "enabled": False}
    preview = await desk.call("POST", "/imports/preview", 200, {"text": text, "format": "ssh_config"})
    assert [row["address"] for row in preview["items"]] == ["192.0.2.1", "192.0.2.2"]
    tried = await desk.call("POST", "/imports", 200, body | {"dry_run": True})
    assert [item["code"] for item in tried["items"]] == ["", ""]
    assert (await desk.call("GET", "/hosts"))["total"] == 0
    done = await desk.call("POST", "/imports", 200, body)
    assert all(item["id"] for item in done["items"])
    again = await desk.call("POST", "/imports", 200, body)
    assert [item["code"] for item in again["items"]] == ["name_taken", "name_taken"]
    assert (await desk.call("POST", "/imports/preview", 200, {"text": text, "format": "ssh_config"}))["items"][0][
        "twin"
    ] == "a"
