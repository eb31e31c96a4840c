"""What a test must not leave behind: tasks that still run and child processes."""

from __future__ import annotations

import asyncio
import inspect
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

PATIENCE_S = 3.0
HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")  # Python's own; they end with it
adopted: set[int] = set()  # children that belong to a fixture of a wider scope than the test that started them


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Watch the tasks of every asynchronous test, from before its first fixture until after its last."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.fixturenames.insert(0, "no_tasks_left")


@pytest.fixture(autouse=True)
def no_children_left() -> Iterator[None]:
    """Fail the test that leaves a process of its own behind."""
    before = _children()
    yield
    deadline = time.monotonic() + PATIENCE_S
    while left := {pid: _command(pid) for pid in _children() - before - adopted}:
        if all(any(helper in command for helper in HELPERS) for command in left.values()):
            return
        if time.monotonic() > deadline:
            pytest.fail(f"the test left child processes: {left}")
        time.sleep(0.02)


@pytest.fixture
async def no_tasks_left() -> AsyncIterator[None]:
    """Fail the test that leaves a task running."""
    yield
    deadline = time.monotonic() + PATIENCE_S
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        if time.monotonic() > deadline:
            pytest.fail(f"the test left tasks running: {left}")
        await asyncio.sleep(0.01)


def _children() -> set[int]:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # none at all, which is cheap to know
        return set()
    mine = os.getpid()
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _parent(entry) == mine}


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return None


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") or "(zombie)"
    except OSError:
        return "(gone)"
