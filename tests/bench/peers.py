"""What the peers of the measurement share: the order they get, our parser and store, and the clock."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import make_url

from collectors import registry
from collectors.reader import Answer
from collectors.spec import Cadence, Collector, File
from controller.core.clock import SystemClock
from controller.core.db import Database
from controller.hosts.board import Board
from controller.metrics.frames import FrameWriter
from controller.metrics.live import LiveHub
from controller.polling.ingest import Ingest

FIRST_ID = 1_000_000  # apart from the controller's own hosts
MARK = "==> "


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure: hosts with address, port, username and key file; how many readings in all."""

    hosts: list[dict[str, Any]]
    readings: int
    url: str


def order() -> Order:
    """What standard input asks for."""
    return Order(**json.load(sys.stdin))


class Store:
    """Our parser and store, as the controller uses them."""

    def __init__(self, database: Database, collectors: Mapping[str, Collector], hosts: int) -> None:
        clock = SystemClock()
        self._board = Board(30)
        self.writer = FrameWriter(database, clock, 100_000)
        self._ingest = Ingest(collectors, self._board, self.writer, LiveHub(lambda *_: None), clock)
        for index in range(hosts):
            host_id = FIRST_ID + index
            self._board.put(host_id, enabled=True, group_ids=frozenset(), at=clock.now())
            self._ingest.add(host_id, None)

    def take(self, index: int, output: bytes) -> None:
        """What the command printed on the host of this index: parsed, turned into values and stored."""
        contents: dict[str, bytes | None] = {}
        for part in output.split(MARK.encode())[1:]:
            path, _, content = part.partition(b"\n")
            contents[path.decode()] = content
        self._ingest.answered(FIRST_ID + index, Answer(0, contents), tick=time.time(), stored=True)


def command(collectors: Mapping[str, Collector]) -> str:
    """Prints the files of all core collectors, each after a line that names it."""
    files = {file.path: file for c in collectors.values() if c.cadence is Cadence.CORE for file in c.files}
    return f'for f in {" ".join(map(_path, files.values()))}; do echo "{MARK}$f"; cat $f; done 2>/dev/null'


def _path(file: File) -> str:
    return file.path


@asynccontextmanager
async def store(url: str, hosts: int) -> AsyncIterator[Store]:
    """The store, writing into the controller's database; what waits is written at the end."""
    database = Database(make_url(url))
    found = Store(database, registry.load(), hosts)
    found.writer.start()
    try:
        yield found
    finally:
        await found.writer.close()
        await database.close()


def spent_s() -> float:
    """Processor time of this process and of the children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def answer(spent: float, readings: int) -> None:
    """Say what a reading took."""
    json.dump({"us_per_reading": spent / readings * 1e6, "pid": os.getpid()}, sys.stdout)
    sys.stdout.write("\n")
