"""One host from end to end: line, frame, row, answer, and what a browser's tab is told meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.polling.conftest import Running, started
from tests.support.sshd import IS_ROOT, Sshd
from tests.support.sshd import running as sshd


async def test_a_host_is_read_stored_and_shown(running: Running) -> None:
    with sshd() as daemon:
        await _read_and_stored(running, daemon)


@pytest.mark.skipif(not IS_ROOT, reason="needs an account with rc files of the test's own, that is root")
@pytest.mark.parametrize("noise", ["printf 'Welcome! 3 updates = 1'", "echo kernel=1; echo 7; printf '\\0\\377\\n'"])
async def test_what_a_hosts_rc_files_print_is_no_answer_of_any_collector(brisk: Running, noise: str) -> None:
    with sshd(shell="/bin/bash", home_files={".bashrc": f"{noise}\n"}) as daemon:
        host = await _read_and_stored(brisk, daemon)
        assert host["facts"]["kernel"] == os.uname().release
        place = {"address": daemon.address, "port": daemon.port, "username": daemon.username}
        tried = await brisk.api.call("POST", "/hosts/test", {"host_id": host["id"], **place})
        assert tried["facts"]["kernel"] == os.uname().release


async def _read_and_stored(running: Running, daemon: Sshd) -> dict[str, Any]:
    host = await running.up(await running.add(daemon, "web-1"))
    assert host["state_reason"] == ""
    host = await running.api.wait_for_host(
        host["id"], lambda now: now["facts"].get("kernel") and now["summary"]["disk_percent"] is not None
    )
    assert host["summary"]["memory_total_bytes"] > 0
    assert host["summary"]["processes"] > 0
    assert abs(host["clock_offset_s"] or 0) < 2
    latest = await running.api.call("GET", f"/hosts/{host['id']}/latest")
    assert {frame["cadence"] for frame in latest["frames"]} == {"core", "slow"}
    healths = (await running.api.call("GET", f"/hosts/{host['id']}/collectors"))["items"]
    ok = {one["name"]: one["ok"] for one in healths if one["applicable"] and one["cadence"] != "demand"}
    assert all(ok.values()), healths
    assert ok.keys() >= {"cpu", "filesystems", "processes", "system"}
    processes = await running.api.call("GET", f"/hosts/{host['id']}/processes")
    assert len(processes["by_cpu"]) == len(processes["by_memory"]) == 10
    await _stored(running, host["id"])
    return host


async def _stored(running: Running, host_id: int) -> None:
    """The frames arrive in the database, and charts get them."""
    deadline = time.monotonic() + 30
    while True:
        query = {"host_id": host_id, "metric": "memory_used_percent"}
        answer = await running.api.call("GET", "/metrics/query", **query)
        found = [value for series in answer["series"] for value in series["avg"] if value is not None]
        if found:
            assert all(0 < value < 100 for value in found)
            return
        assert time.monotonic() < deadline, answer
        await asyncio.sleep(0.2)


async def test_a_tab_sees_the_fleet_a_host_by_the_second_and_what_happens(running: Running) -> None:
    with sshd() as daemon:
        async with running.live(await running.token()) as live:
            await live.send(op="subscribe", topic="fleet")
            assert (await live.next("fleet"))["hosts"] == []
            host = await running.add(daemon, "web-1")
            delta = await live.next("fleet.delta")
            assert [one["name"] for one in delta["hosts"]] == ["web-1"]
            assert (await live.next("host.event"))["event"]["host_id"] == host["id"]
            await running.up(host)
            await live.send(op="subscribe", topic="host", host_id=host["id"])
            series: list[dict[str, str]] = []
            while not series:
                series = (await live.next("host"))["series"]
            assert {"metric": "cpu_percent", "instance": ""} in series
            times = [(await live.next("host.frame"))["ts"] for _ in range(4)]
            assert [round(b - a) for a, b in itertools.pairwise(times)] == [1, 1, 1]
            await running.api.call("DELETE", f"/hosts/{host['id']}")
            while host["id"] not in (await live.next("fleet.delta")).get("removed", []):
                pass


async def test_watching_a_host_changes_nothing_of_what_is_stored(tmp_path: Path) -> None:
    async with started(tmp_path, tick_s="2") as running:
        with sshd() as daemon:
            host = await running.up(await running.add(daemon, "web-1"))
            async with running.live(await running.token()) as live:
                await live.send(op="subscribe", topic="host", host_id=host["id"])
                frames = [(await live.next("host.frame"))["ts"] for _ in range(8)]
            await asyncio.sleep(2)  # what is on its way to the database
            query = {"host_id": host["id"], "metric": "load1", "from": frames[0], "to": frames[-1], "points": 2000}
            answer = await running.api.call("GET", "/metrics/query", **query)
            stored = [v for v in answer["series"][0]["avg"] if v is not None]
            assert answer["source"] == "raw"
            assert len(stored) in {3, 4, 5}


async def test_a_host_that_goes_away_is_down_with_its_reason_and_comes_back_by_itself(brisk: Running) -> None:
    with sshd() as daemon:
        host = await brisk.up(await brisk.add(daemon, "web-1"))
        daemon.stop()
        began = time.monotonic()
        down = await brisk.api.wait_for_host(host["id"], lambda now: bool(now["state"] == "down"), 45)
        assert time.monotonic() - began < 20
        assert "refuses connections" in down["state_reason"]
        assert down["retry_at"] is not None
        daemon.start()
        await brisk.up(host, within_s=60)
        await _happened(brisk, host["id"], ["up", "down", "up"])


async def _happened(running: Running, host_id: int, kinds: list[str]) -> None:
    """The last events of the host, newest first; they are written within a second or two."""
    async with asyncio.timeout(10):
        while True:
            events = (await running.api.call("GET", f"/hosts/{host_id}/events"))["items"]
            if [event["kind"] for event in events][: len(kinds)] == kinds:
                return
            await asyncio.sleep(0.2)


async def test_a_changed_host_key_stops_everything_until_it_is_approved(brisk: Running) -> None:
    with sshd() as daemon:
        host = await brisk.up(await brisk.add(daemon, "web-1"))
        daemon.change_host_keys()
        logins = daemon.log.count("Accepted publickey")
        daemon.kill_sessions()
        changed = await brisk.api.wait_for_host(host["id"], lambda now: bool(now["state"] == "key_changed"), 60)
        assert changed["presented_key"]["line"] == daemon.host_keys[0]
        assert daemon.log.count("Accepted publickey") == logins
        assert "Failed" not in daemon.log.rpartition("SIGHUP")[2]
        fingerprint = changed["presented_key"]["fingerprint"]
        await brisk.api.call("POST", f"/hosts/{host['id']}/keys/approve", {"fingerprint": fingerprint})
        await brisk.up(host)
