"""Containers of a real Docker engine: listed, measured, followed and told what to do."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import pairwise
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.integration.containers.conftest import IMAGE, Watched, one
from tests.support.api import Api, ApiError
from tests.support.lab import LabHost

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]


async def test_what_runs_is_listed_with_its_figures(watched: Watched, dock: LabHost) -> None:
    dock.exec(
        f"docker run -d --name web -p 8080:80 -l com.docker.compose.project=shop -l com.docker.compose.service=front"
        f" -e PASSWORD=hunter2 -e PLAIN=yes --memory 64m {IMAGE} sh -c 'while :; do :; done';"
        f" docker create --name idle {IMAGE}"
    )
    host_id = await watched.add(dock)
    shelf = await watched.shelf(
        host_id, lambda now: bool((one(now, "web").get("figures") or {}).get("cpu_percent")), 40
    )
    (engine,) = shelf["engines"]
    assert (engine["state"], engine["transport"], engine["kind"], engine["rootless"]) == (
        "up",
        "socket",
        "docker",
        False,
    )
    web = one(shelf, "web")
    assert (web["state"], web["image"], web["project"], web["service"]) == ("running", IMAGE, "shop", "front")
    assert {"private": 80, "public": 8080, "protocol": "tcp", "address": "0.0.0.0"} in web["ports"]
    assert web["figures"]["memory_limit_bytes"] == 64 << 20
    assert web["figures"]["processes"] == 1
    assert one(shelf, "idle")["state"] == "created"
    assert one(shelf, "idle")["figures"] is None
    fares = (await watched.api.call("GET", f"/hosts/{host_id}/collectors"))["items"]
    fare = next(one_ for one_ in fares if one_["name"] == "containers")
    assert (fare["ok"], fare["applicable"], fare["last_error"]) == (True, True, "")


async def test_a_container_killed_behind_our_back_is_shown_within_two_seconds(watched: Watched, dock: LabHost) -> None:
    host_id = await watched.add(dock)
    await watched.engine_up(host_id)
    async with watched.socket("/live", await watched.token("read")) as socket:
        await socket.send(json.dumps({"op": "subscribe", "topic": "containers"}))
        assert json.loads(await socket.recv())["type"] == "containers"

        async def heard(name: str, state: str) -> None:
            async with asyncio.timeout(10):
                while True:
                    message = json.loads(await socket.recv())
                    assert message["type"] in {"containers", "containers.delta"}
                    if any((c["name"], c["state"]) == (name, state) for c in message["containers"]):
                        return

        dock.exec(f"docker run -d --name victim {IMAGE}")
        await heard("victim", "running")
        began = time.monotonic()
        dock.exec("docker kill victim")
        await heard("victim", "exited")
        assert time.monotonic() - began < 2
    shelf = await watched.shelf(host_id, lambda now: one(now, "victim").get("state") == "exited", 1)
    assert one(shelf, "victim")["exit_code"] == 137
    dock.exec("docker rm victim")
    await watched.shelf(host_id, lambda now: not one(now, "victim"), 2)


async def test_every_deed_is_done_and_written_down(watched: Watched, dock: LabHost) -> None:
    dock.exec(f"docker run -d --name tool -v {'ab' * 32}:/data -v kept:/kept {IMAGE}")
    host_id = await watched.add(dock)
    await watched.shelf(host_id, lambda now: one(now, "tool").get("state") == "running")
    path = f"/hosts/{host_id}/containers/tool"

    async def do(action: str, **more: Any) -> str:
        return str((await watched.api.call("POST", f"{path}/actions", {"action": action, **more}))["state"])

    assert await do("pause") == "paused"
    assert await do("unpause") == "running"
    assert await do("restart", timeout_s=0) == "running"
    assert await do("stop", timeout_s=0) == "exited"
    assert await do("stop", timeout_s=0) == "exited"  # is so already
    assert await do("start") == "running"
    with pytest.raises(ApiError, match=r"already paused|not paused") as refused:
        await do("unpause")
    assert refused.value.code == "engine_refused"
    assert await do("kill", signal="SIGKILL") == "exited"
    assert await do("start") == "running"
    removal = await watched.api.call("GET", f"{path}/removal")
    assert removal["running"]
    assert {(volume["name"], volume["anonymous"]) for volume in removal["volumes"]} == {
        ("ab" * 32, True),
        ("kept", False),
    }
    with pytest.raises(ApiError, match=r"(?i)running container"):
        await watched.api.call("DELETE", path)
    await watched.api.call("DELETE", path, force="true", volumes="true")
    with pytest.raises(ApiError) as gone:
        await watched.api.call("GET", path)
    assert gone.value.code == "no_such_container"
    entries = (await watched.api.call("GET", "/audit", action="container."))["items"]
    done = [(entry["action"], entry["detail"]["result"]) for entry in reversed(entries)]
    assert [action for action, _ in done] == [
        "container.pause", "container.unpause", "container.restart", "container.stop", "container.stop",
        "container.start", "container.unpause", "container.kill", "container.start", "container.remove",
        "container.remove",
    ]  # fmt: skip
    assert [result for _, result in done].count("ok") == 9
    assert "not paused" in done[6][1]
    assert entries[0]["detail"]["container"] == "tool"


async def test_logs_are_read_searched_followed_and_downloaded(watched: Watched, dock: LabHost) -> None:
    dock.exec(
        f"docker run -d --name talker {IMAGE} sh -c"
        " 'mkfifo /tmp/in; for i in 1 2 3 4 5; do echo line $i; done; sleep 0.5; echo oh no >&2;"
        " while read x </tmp/in; do echo $x; done'"
    )
    host_id = await watched.add(dock)
    await watched.shelf(host_id, lambda now: one(now, "talker").get("state") == "running")
    path = f"/hosts/{host_id}/containers/talker/logs"
    while not (await watched.api.call("GET", path, search="oh no"))["lines"]:
        await asyncio.sleep(0.05)
    page = await watched.api.call("GET", path, tail=4)
    assert page["truncated"]
    assert [line["text"] for line in page["lines"] if line["stream"] == "stdout"] == ["line 3", "line 4", "line 5"]
    found = await watched.api.call("GET", path, search="LINE 3")
    assert {line["text"] for line in found["lines"]} == {"line 3"}
    assert abs(found["lines"][-1]["at"] - time.time()) < 60
    errors = await watched.api.call("GET", path, stdout="false")
    assert {(line["stream"], line["text"]) for line in errors["lines"]} == {("stderr", "oh no")}
    assert (await watched.api.call("GET", path, until=1.0))["lines"] == []
    text = (await watched.api.raw("GET", f"{path}/download", timestamps="false")).text
    assert "line 1\nline 2\n" in text
    async with watched.socket(f"{path}/follow?tail=1", await watched.token()) as socket:
        assert len(json.loads(await socket.recv())["lines"]) == 1
        dock.exec("docker exec talker sh -c 'echo hello from here >/tmp/in'")
        async with asyncio.timeout(3):
            seen = json.loads(await socket.recv())
        assert [line["text"] for line in seen["lines"]] == ["hello from here"]
        await socket.send('{"op":"ping"}')
        assert json.loads(await socket.recv()) == {"type": "pong"}
        dock.exec("docker kill talker")
        async with asyncio.timeout(5):
            assert json.loads(await socket.recv())["type"] == "end"


async def test_secrets_are_hidden_unless_asked_for_by_who_may(watched: Watched, dock: LabHost) -> None:
    dock.exec(
        f"docker create --name vault -e DB_PASSWORD=hunter2 -e PLAIN=yes -l token=hunter2 {IMAGE}"
        " app --password hunter2"
    )
    host_id = await watched.add(dock)
    shelf = await watched.shelf(host_id, lambda now: bool(one(now, "vault")))
    assert "hunter2" not in json.dumps(shelf)
    path = f"/hosts/{host_id}/containers/vault"
    shown = await watched.api.call("GET", path)
    assert "hunter2" not in json.dumps(shown)
    env = {one["name"]: (one["value"], one["masked"]) for one in shown["env"]}
    assert env["PLAIN"] == ("yes", False)
    assert env["DB_PASSWORD"][1]
    everything = await watched.api.call("GET", path, secrets="true")
    assert {one["name"]: one["value"] for one in everything["env"]}["DB_PASSWORD"] == "hunter2"
    entries = (await watched.api.call("GET", "/audit", action="container.show_secrets"))["items"]
    assert len(entries) == 1
    assert "hunter2" not in json.dumps(entries)


async def test_images_and_volumes_are_listed_and_pruned_as_told_before(watched: Watched, dock: LabHost) -> None:
    dock.exec(
        "docker ps -aq | xargs -r docker rm -fv >/dev/null; docker volume prune -f; "
        f"docker volume create keepsake; docker create --name old -v /data {IMAGE}; docker rm old;"
        f" docker create --name stopped {IMAGE}; docker run -d --name user -v keepsake:/k {IMAGE};"
        " docker network create empty"
    )
    host_id = await watched.add(dock)
    await watched.shelf(host_id, lambda now: len(now["items"]) == 2)
    images = await watched.api.call("GET", f"/hosts/{host_id}/images")
    box = next(image for image in images["items"] if f"{IMAGE}:latest" in image["tags"])
    assert box["containers"] == ["stopped", "user"]
    assert box["size_bytes"] > 1_000_000
    volumes = (await watched.api.call("GET", f"/hosts/{host_id}/volumes"))["items"]
    named = {volume["name"]: volume for volume in volumes}
    assert named["keepsake"]["used_by"] == ["user"]
    assert not named["keepsake"]["anonymous"]
    (loose,) = [volume["name"] for volume in volumes if volume["anonymous"] and not volume["used_by"]]
    preview = await watched.api.call("GET", f"/hosts/{host_id}/prune")
    doomed = {(item["kind"], item["name"]) for item in preview["items"]}
    assert doomed >= {("containers", "stopped"), ("volumes", loose), ("networks", "empty")}
    assert ("volumes", "keepsake") not in doomed
    wish = {"kinds": ["containers", "volumes", "networks"]}
    result = await watched.api.call("POST", f"/hosts/{host_id}/prune", wish)
    assert loose in result["deleted"]
    assert "empty" in result["deleted"]
    shelf = await watched.shelf(host_id, lambda now: len(now["items"]) == 1, 3)
    assert one(shelf, "user")
    with pytest.raises(ApiError, match="in use"):
        await watched.api.call("DELETE", f"/hosts/{host_id}/volumes/keepsake")
    with pytest.raises(ApiError, match=r"(?i)conflict|in use|being used"):
        await watched.api.call("DELETE", f"/hosts/{host_id}/images/{IMAGE}:latest")


async def test_a_pull_that_fails_says_so_in_the_engines_own_words(watched: Watched, dock: LabHost) -> None:
    host_id = await watched.add(dock)
    await watched.engine_up(host_id)
    pull = await watched.api.call("POST", f"/hosts/{host_id}/images/pull", {"reference": "127.0.0.1:9/no/such:1"})
    assert pull["state"] == "running"
    deadline = time.monotonic() + 30
    while pull["state"] == "running":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
        (pull,) = (await watched.api.call("GET", f"/hosts/{host_id}/pulls"))["items"]
    assert pull["state"] == "failed"
    assert "connection refused" in pull["error"]


async def test_one_thing_to_many_has_a_result_for_each(watched: Watched, dock: LabHost) -> None:
    dock.exec(f"for i in 1 2; do docker run -d --name many$i {IMAGE}; done")
    host_id = await watched.add(dock)
    await watched.shelf(host_id, lambda now: bool(one(now, "many2")))
    items = [{"host_id": host_id, "container_id": name} for name in ("many1", "many2", "none")]
    done = await watched.api.call("POST", "/containers/bulk", {"items": items, "action": "remove", "force": True})
    assert [(item["ok"], item["code"]) for item in done["items"]] == [
        (True, None), (True, None), (False, "no_such_container"),
    ]  # fmt: skip
    page = await watched.api.call("GET", "/containers", search="many")
    assert page["total"] == 0


async def test_processes_of_a_container_are_shown(watched: Watched, dock: LabHost) -> None:
    dock.exec(f"docker run -d --name topped {IMAGE} sleep 1234")
    host_id = await watched.add(dock)
    await watched.shelf(host_id, lambda now: bool(one(now, "topped")))
    top = await watched.api.call("GET", f"/hosts/{host_id}/containers/topped/top")
    assert any("sleep 1234" in " ".join(row) for row in top["processes"])
    assert "PID" in top["titles"]


async def test_figures_and_history_agree_with_docker_stats_under_constant_load(watched: Watched, dock: LabHost) -> None:
    dock.exec("docker ps -aq | xargs -r docker rm -f >/dev/null")
    # a part of a core by quota, before all others; 20 MB held in a variable of the shell
    dock.exec(
        f"docker run -d --name load --cpus 0.3 --cpu-shares 50000 --memory 128m {IMAGE} sh -c"
        " 'x=$(head -c 20000000 /dev/zero | tr \"\\\\0\" x); while :; do :; done'"
    )
    host_id = await watched.add(dock)
    await watched.shelf(host_id, lambda now: bool(one(now, "load").get("figures")), 40)
    async with watched.socket("/live", await watched.token("read")) as socket:
        await socket.send(json.dumps({"op": "subscribe", "topic": "containers", "host_id": host_id}))
        seen: list[dict[str, Any]] = []

        async def look() -> None:
            while True:
                found = one({"items": json.loads(await socket.recv())["containers"]}, "load").get("figures") or {}
                seen.extend([found] if found.get("cpu_percent") else [])

        looking = asyncio.create_task(look())
        await asyncio.sleep(4)
        command = "docker stats --no-stream --format '{{json .}}' load"
        told = [json.loads(await asyncio.to_thread(dock.exec, command)) for _ in range(3)]
        looking.cancel()
    times = sorted({figures["at"] for figures in seen})
    assert any(later - earlier <= 1.5 for earlier, later in pairwise(times))  # live: every second
    theirs = sum(float(one_["CPUPerc"].rstrip("%")) for one_ in told) / len(told)
    last = seen[-8:]
    ours = sum(figures["cpu_percent"] for figures in last) / len(last)
    assert abs(ours - theirs) < 5, (ours, theirs)
    used = float(told[-1]["MemUsage"].split("MiB")[0])
    assert last[-1]["memory_bytes"] / 2**20 == pytest.approx(used, rel=0.01)
    assert last[-1]["processes"] == int(told[-1]["PIDs"])
    shelf = await watched.engine_up(host_id)
    entity = one(shelf, "load")["entity_id"]
    query: dict[str, Any] = {"host_id": host_id, "entity_id": entity, "metric": "container_cpu_percent"}
    await asyncio.sleep(3)  # frames wait a second for their batch
    history = await watched.api.call("GET", "/metrics/query", **query, points=2000)
    (series,) = history["series"]
    assert (series["host_id"], series["entity_id"]) == (host_id, entity)
    known = [value for value in series["avg"] if value is not None]
    assert abs(sum(known[-4:]) / len(known[-4:]) - theirs) < 10
    with pytest.raises(ApiError, match="entity_id is needed"):
        await watched.api.call("GET", "/metrics/query", host_id=host_id, metric="container_cpu_percent")
    hosts_own = await watched.api.call("GET", "/metrics/query", host_id=host_id, metric="load1")
    assert {one_["entity_id"] for one_ in hosts_own["series"]} == {0}


async def test_rights_are_bound_to_what_is_followed_and_shown(watched: Watched, dock: LabHost) -> None:
    dock.exec(f"docker run -d --name spoken -e TOKEN=hunter2 {IMAGE} sh -c 'echo one; sleep 99'")
    group = (await watched.api.call("POST", "/groups", {"name": "alfa"}))["id"]
    host_id = await watched.add(dock, group_ids=[group])
    await watched.shelf(host_id, lambda now: bool(one(now, "spoken")))
    path = f"/hosts/{host_id}/containers/spoken"

    async def token(scope: str, *group_ids: int) -> str:
        wanted = {"name": scope, "scopes": [scope], "group_ids": list(group_ids)}
        return str((await watched.api.call("POST", "/tokens", wanted))["token"])

    reader, writer, stranger = await token("read", group), await token("write", group), await token("write")
    for word in (reader, stranger):
        with pytest.raises(InvalidStatus):
            async with watched.socket(f"{path}/logs/follow", word):
                pass
    with pytest.raises(InvalidStatus):
        async with watched.socket(f"{path}/logs/follow", writer, Origin="http://elsewhere.example"):
            pass
    async with Api(f"http://127.0.0.1:{watched.port}", writer) as api:
        with pytest.raises(ApiError) as refused:
            await api.call("GET", path, secrets="true")
        assert refused.value.status == 403
        assert "hunter2" not in str(await api.call("GET", path))
    async with watched.socket("/live", stranger) as socket:
        await socket.send(json.dumps({"op": "subscribe", "topic": "containers"}))
        seen = json.loads(await socket.recv())
        assert (seen["containers"], seen["engines"]) == ([], [])
        await socket.send(json.dumps({"op": "subscribe", "topic": "containers", "host_id": host_id}))
        assert json.loads(await socket.recv())["code"] == "not_found"
    async with watched.socket(f"{path}/logs/follow", writer) as log, watched.socket("/live", writer) as live:
        assert json.loads(await log.recv())["lines"][0]["text"] == "one"
        await live.send(json.dumps({"op": "subscribe", "topic": "containers"}))
        assert any(found["name"] == "spoken" for found in json.loads(await live.recv())["containers"])
        await watched.api.call("PATCH", f"/hosts/{host_id}", {"group_ids": []})
        async with asyncio.timeout(5):
            assert json.loads(await log.recv())["type"] == "session.ended"
            with pytest.raises(ConnectionClosed) as ended:
                await log.recv()
            assert ended.value.rcvd is not None
            assert ended.value.rcvd.code == 4401
            gone: set[str] = set()
            while "spoken" not in gone:
                message = json.loads(await live.recv())
                gone |= {"spoken" for one_ in message.get("removed", ()) if one_["host_id"] == host_id}
