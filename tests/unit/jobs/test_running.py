"""What a running job holds: bounded, masked, whole characters, in order."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from controller.core.clock import SystemClock
from controller.jobs import clean, masks
from controller.jobs.kind import Limits, TaskEvent
from controller.jobs.progress import CHUNK
from controller.jobs.running import HIGH, Run
from controller.jobs.states import HostState, JobState, count, outcome


def made(*secrets: str, hosts: int = 2, **limits: Any) -> Run:
    names = [(number, f"web-{number}") for number in range(1, hosts + 1)]
    return Run(7, names, masks.needles(secrets), Limits(**limits), SystemClock())


def written(run: Run) -> list[dict[str, Any]]:
    """Everything that was to be written."""
    found = []
    while run.dirty.is_set():
        batch = run.take()
        found += batch.chunks
        run.written(batch)
    return found


def text(chunks: list[dict[str, Any]], host_id: int = 1) -> str:
    return b"".join(chunk["data"] for chunk in chunks if chunk["host_id"] == host_id).decode()


@given(
    words=st.lists(st.tuples(st.booleans(), st.text(alphabet="aé漢𝄞\n", max_size=6)), max_size=20),
    cut=st.integers(1, 7),
)
def test_output_is_whole_in_order_and_cut_at_no_character(words: list[tuple[bool, str]], cut: int) -> None:
    run, chunks = made(), []
    for error, word in words:
        data = word.encode()
        for at in range(0, len(data), cut):
            run.output(1, data[at : at + cut], error=error)
            if at % 2:
                chunks += written(run)
    run.host_ended(1, HostState.OK)
    chunks += written(run)
    for chunk in chunks:
        chunk["data"].decode()  # each by itself
        assert sum(chunk["parts"]) == len(chunk["data"])
    shown: dict[bool, str] = {False: "", True: ""}
    for chunk in chunks:
        at = 0
        for number, length in enumerate(chunk["parts"]):
            shown[bool(number % 2)] += chunk["data"][at : at + length].decode()
            at += length
    for error in (False, True):
        assert shown[error] == "".join(word for which, word in words if which is error)
    assert [chunk["seq"] for chunk in chunks] == sorted({chunk["seq"] for chunk in chunks})


@given(pieces=st.lists(st.sampled_from(["tell", "-no", "body", " ", "tell-nobody", "x", "line2"]), max_size=30))
def test_a_secret_is_masked_wherever_it_is_cut(pieces: list[str]) -> None:
    run = made("tell-nobody", "a\nline2")
    for piece in pieces:
        run.output(1, piece.encode())
    run.host_ended(1, HostState.OK)
    said = text(written(run))
    whole = "".join(pieces)
    assert "tell-nobody" not in said
    assert said == whole.replace("tell-nobody", masks.MASK.decode()).replace("line2", masks.MASK.decode())


def test_beyond_its_limit_the_beginning_and_the_end_are_kept() -> None:
    run = made(host_output_mib=1)
    chunks = []
    for number in range(40):
        run.output(1, bytes([65 + number % 26]) * CHUNK)
        chunks += written(run)
    run.output(1, b"THE END")
    run.host_ended(1, HostState.OK)
    chunks += written(run)
    said = text(chunks)
    assert len(said) < (1 << 20) + 3 * CHUNK
    assert said.endswith("THE END")
    assert "[Moorline left out " in said
    host = run.take()
    assert host.hosts == []
    assert (run.capped, run.output_bytes) == (True, 40 * CHUNK + 7)


def test_hosts_are_held_up_while_too_much_waits() -> None:
    run = made()
    while not run.full:
        run.output(1, b"x" * CHUNK)
    assert run.output_bytes <= HIGH + CHUNK
    written(run)
    assert not run.full


def test_the_digest_tells_outputs_apart_and_not_how_they_came() -> None:
    run = made(hosts=4)
    for host, pieces in ((1, ["ab", "c"]), (2, ["a", "bc"]), (3, ["abd"]), (4, ["abc"])):
        for piece in pieces:
            run.output(host, piece.encode(), error=host == 4)
        run.host_ended(host, HostState.OK)
    digests = [run.hosts[host].digest for host in (1, 2, 3, 4)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_once_a_host_has_ended_it_stays_so() -> None:
    run = made()
    run.host_started(1)
    run.host_ended(1, HostState.FAILED, exit_status=1)
    run.host_ended(1, HostState.OK, exit_status=0)
    run.output(1, b"late")
    run.host_started(1)
    run.host_ended(99, HostState.OK)
    assert (run.hosts[1].state, run.hosts[1].exit_status) == (HostState.FAILED, 1)
    run.close(HostState.CANCELED, "over", never_begun=HostState.SKIPPED)
    assert run.hosts[2].state is HostState.SKIPPED


def test_a_step_can_be_stored_whatever_it_says() -> None:
    run = made("tell-nobody")
    result = {"a\0": "tell-nobody \ud800", "n": math.inf, "big": "x" * 200_000, "list": [b"bytes", {1, 2}]}
    run.event(TaskEvent(1, "s1", 0, "ti\0tle", "running", result={"ok": 1}))
    run.event(TaskEvent(1, "s1", 0, "tell-nobody", "ok", result=result, diff="- tell-nobody\0"))
    run.event(TaskEvent(42, "s1", 0, "of another job", "ok"))
    (event,) = run.take().events
    assert (event["state"], event["title"], event["seq"]) == ("ok", "•••", 2)
    assert "moorline_cut" in event["result"]
    assert "tell-nobody" not in str(event)
    assert "\0" not in str(event)


@given(st.binary(max_size=12))
def test_the_beginning_of_a_character_is_seen(data: bytes) -> None:
    back = clean.begun(data)
    assert 0 <= back <= 3
    if data.decode("utf-8", "ignore").encode() == data:  # whole characters all through
        assert back == 0


def test_a_job_is_a_success_only_when_no_host_was_bad() -> None:
    ok, bad, gone = HostState.OK, HostState.FAILED, HostState.SKIPPED
    assert outcome(count([ok, HostState.CHANGED, gone])) is JobState.SUCCEEDED
    assert outcome(count([ok, bad])) is JobState.FAILED
    assert outcome(count([gone])) is JobState.FAILED
    assert outcome(count([ok, HostState.INTERRUPTED])) is JobState.FAILED
