"""Scripts: interpreters, files, standard input; other accounts; batches; output of any size."""

from __future__ import annotations

import base64
import hashlib
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.jobs.conftest import Shop, hears
from tests.support.sshd import Sshd


async def script(shop: Shop, host_ids: list[int], text: str, **spec: Any) -> dict[str, Any]:
    """A script to its end."""
    more = {name: spec.pop(name) for name in ("survey", "params", "become", "password", "limits") if name in spec}
    return await shop.ran(host_ids, kind="script", spec={"script": text, **spec}, **more)


async def test_any_interpreter_with_files_both_ways(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    data = bytes(range(256)) * 100
    text = (
        "import sys, os, shutil\nprint(sys.argv[1:], sys.stdin.read(), os.environ['PARAM_WHAT'])\n"
        "shutil.copy('in.bin', 'out.bin')\nprint(os.getcwd())\n"
    )
    job = await script(
        shop, [host], text, interpreter="/usr/bin/env python3 -u", arguments=["a b", "$(id)"], stdin="given",
        files=[{"name": "in.bin", "base64": base64.b64encode(data).decode()}], fetch=["out.*", "none"],
        survey=[{"name": "what"}], params={"what": "{{ not a template }}"},
    )  # fmt: skip
    said = await shop.output(job["id"])
    assert said.startswith("['a b', '$(id)'] given {{ not a template }}\n/"), said
    assert job["files"] == 1
    (file,) = (await shop.get(f"/jobs/{job['id']}/files"))["items"]
    assert (file["size"], file["sha256"], file["host_name"]) == (len(data), hashlib.sha256(data).hexdigest(), "web-1")
    got = await shop.admin.get(f"/jobs/{job['id']}/files/{file['id']}")
    assert got.content == data
    folder = said.strip().rpartition("\n")[2]
    assert not Path(f"/proc/{sshd.pid}/root{folder}").exists()


async def test_a_shebang_is_followed_and_insertions_are_for_shells_alone(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    survey = [{"name": "v"}]
    nasty = "x'; echo pwned #"
    first = await script(shop, [host], "#!/bin/sh\necho {{ v }}\n", survey=survey, params={"v": nasty})
    python = "#!/usr/bin/env python3\nprint('{{ v }}')\n"
    second = await script(shop, [host], python, survey=survey, params={"v": nasty})
    assert await shop.output(first["id"]) == nasty + "\n"
    assert await shop.output(second["id"]) == "{{ v }}\n"


async def test_an_interpreter_that_is_not_there_is_said(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job = await script(shop, [host], "print", interpreter="/usr/bin/no-such-thing")
    (result,) = (await shop.hosts(job["id"])).values()
    assert (result["state"], result["exit_status"]) == ("failed", 127)


async def test_too_many_failures_stop_the_rest(shop: Shop, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(address="0.0.0.0")
    hosts = [await shop.add(daemon, f"web-{number}", address=f"127.0.1.{number}") for number in range(1, 9)]
    limits = {"parallel": 2, "batch": 2, "stop_failed_percent": 25}
    job = await shop.ran(hosts, "case $MOORLINE_HOST in web-[12]) exit 1;; esac", limits=limits)
    assert (job["state"], job["counts"]) == ("failed", {"failed": 2, "skipped": 6})
    notes = {one["note"] for one in (await shop.hosts(job["id"])).values() if one["state"] == "skipped"}
    assert notes == {"Too many hosts had failed before."}


async def test_a_flood_is_capped_with_a_note_and_memory_stays(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    await shop.ran([host], "true")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = {"host_output_mib": 8}
    command = "head -c 104857600 /dev/zero | tr '\\0' x; echo; echo THE END"
    job = await shop.until((await shop.launch([host], command, limits=limits))["id"], within_s=100)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (job["state"], job["output_bytes"], job["capped"]) == ("succeeded", 104857600 + 9, True)
    assert job["kept_bytes"] < 9 << 20
    assert grown_kib < 64 << 10, f"{grown_kib} KiB"
    text = (await shop.admin.get(f"/jobs/{job['id']}/download")).text
    assert text.rstrip().endswith("THE END")
    assert "[Moorline left out " in text


async def test_a_hundred_megabytes_are_kept_whole_while_a_slow_page_looks(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    await shop.ran([host], "true")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = 100 << 20
    job = await shop.launch([host], f"yes 'a line of text' | head -c {size}", limits={"host_output_mib": 128})
    async with shop.live(job["id"]) as slow:  # takes what its first credit allows, and gives none back
        await slow.send('{"type": "watch", "host_ids": null}')
        done = await shop.until(job["id"], within_s=110)
        grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        said = 0
        while said < 256 << 10:
            said += (await hears(slow, lambda said: said["type"] == "output"))["bytes"]
        assert said <= (256 << 10) + (64 << 10)
        await slow.send('{"type": "ping"}')
        assert (await hears(slow, lambda said: said["type"] in {"output", "pong"}))["type"] == "pong"
    assert (done["state"], done["output_bytes"], done["kept_bytes"], done["capped"]) == ("succeeded", size, size, False)
    assert grown_kib < 96 << 10, f"{grown_kib} KiB"
    found = await shop.get(f"/jobs/{job['id']}/search", text="A LINE OF")
    assert (len(found["items"]), found["truncated"]) == (500, True)
    last = await shop.get(f"/jobs/{job['id']}/output", before=1 << 40, limit=1)
    assert "a line of text\n" in last["items"][-1]["runs"][0]
    assert last["before"] is not None
