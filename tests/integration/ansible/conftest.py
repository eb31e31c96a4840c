"""Real sshds, the lines to them, and runs of the real Ansible over these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop

from controller.ansible.broker import Broker
from controller.ansible.inventory import Host
from controller.ansible.orders import Order, Playbook
from controller.ansible.runs import Outcome, Runs
from controller.ssh.probe import log_in_again
from tests.integration.ssh.conftest import Lines
from tests.support.sshd import Sshd, running

PYTHON = {"ansible_python_interpreter": "/usr/bin/python3"}


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the controller runs on."""
    return {"uvloop": uvloop.new_event_loop}


@dataclass(slots=True)
class Ground:
    """Everything that a run stands on."""

    lines: Lines
    broker: Broker
    runs: Runs
    folder: Path
    events: list[dict[str, Any]] = field(default_factory=list)

    def host(self, daemon: Sshd, host_id: int, **fields: Any) -> Host:
        """The daemon as a host of runs."""
        self.lines.add(daemon, host_id)
        return Host(
            host_id,
            fields.pop("name", f"h{host_id}"),
            daemon.address,
            daemon.username,
            variables=PYTHON | fields.pop("variables", {}),
            **fields,
        )

    def playbook(self, text: str) -> Playbook:
        """A playbook of these words."""
        folder = self.folder / f"play-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        (folder / "play.yml").write_text(text)
        return Playbook(folder, "play.yml")

    async def run(self, play: str, *targets: Host, outcome: Outcome | None = None, **more: Any) -> Outcome:
        """Run it to the end; the events are kept."""
        self.events.clear()
        return await self.runs.execute(Order(self.playbook(play), targets, **more), self.events.append, outcome=outcome)

    def results(self, host: str = "h1") -> list[tuple[str, str, Mapping[str, Any]]]:
        """Of each task on a host: how it went, its name, its result."""
        return [
            (event["event"].removeprefix("runner_on_"), event["event_data"]["task"], event["event_data"].get("res", {}))
            for event in self.events
            if event["event"].startswith("runner_on_")
            and event["event"] != "runner_on_start"
            and event["event_data"]["host"] == host
        ]

    def told(self) -> str:
        """What Ansible said on the screen."""
        return "\n".join(event["stdout"] for event in self.events)


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    """A pool without hosts, the broker, the runs."""
    from controller.ssh.options import Options

    lines = Lines(Options())
    folder = tmp_path / "ansible"
    broker = Broker(lines.pool, folder, partial(log_in_again, lines.pool))
    runs = Runs(broker, folder)
    await runs.open()
    (tmp_path / "plays").mkdir()
    yield Ground(lines, broker, runs, tmp_path / "plays")
    await runs.close()
    await lines.pool.close()


@pytest.fixture
def daemon() -> Iterator[Sshd]:
    """One host."""
    with running() as made:
        yield made
