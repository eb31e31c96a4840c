"""What the tests of notices share: the application, a mail server, and a step of the courier."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from controller.core.clock import utc_now
from controller.hosts import events
from controller.hosts.board import Transition
from tests.support.front import Browser, Front
from tests.support.mail import ADDRESS, Got, MailServer, mail_server, make_certificate

TO = "ann@example.org"


@dataclass
class Post:
    """The application with an administrator, and the mail server that its channel uses."""

    front: Front
    admin: Browser
    server: MailServer
    channel_id: int = 0

    async def channel(self, name: str = "Mail", **settings: Any) -> int:
        """A channel to the server."""
        known = {
            "host": ADDRESS,
            "port": self.server.port,
            "sender": "moorline@example.org",
            "authority": make_certificate()[0],
            "timeout_s": 5,
        }
        body = {"name": name, "kind": "email", "options": {**known, **settings}}
        answer = await self.admin.post("/notify/channels", json=body)
        self.channel_id = int(answer.raise_for_status().json()["id"])
        return self.channel_id

    async def route(self, **fields: Any) -> int:
        """An administrators' route by the channel."""
        known = {
            "name": "all",
            "channel_id": self.channel_id,
            "addresses": [TO],
            "news": ["host_down", "host_up", "host_needs_you"],
            "all_hosts": True,
        }
        answer = await self.admin.post("/notify/routes", json={**known, **fields})
        return int(answer.raise_for_status().json()["id"])

    async def told(self, person: Browser, address: str = TO, **choice: Any) -> None:
        """Somebody chooses what to be told, and follows the link in the mail."""
        body = {"enabled": True, "channel_id": self.channel_id, "address": address, "news": ["host_down"], **choice}
        (await person.put("/me/notify", json=body)).raise_for_status()
        sent = (await person.post("/me/notify/confirm")).raise_for_status().json()
        assert sent["ok"], sent
        answer = await (await self.front.browser()).post(
            "/notify/confirm", json={"token": token(self.server.got.pop())}
        )
        assert answer.raise_for_status().json() == {"address": address}

    async def host(self, name: str, *group_ids: int) -> int:
        """A host that nobody connects to."""
        new = {"name": name, "address": "127.0.0.1", "username": "root", "enabled": False, "group_ids": list(group_ids)}
        return int((await self.admin.post("/hosts", json=new)).raise_for_status().json()["id"])

    async def group(self, name: str) -> int:
        """A group of hosts."""
        return int((await self.admin.post("/groups", json={"name": name})).raise_for_status().json()["id"])

    async def happens(self, kind: str, *host_ids: int, **detail: object) -> None:
        """What the journal does when the board sees something."""
        controller = self.front.controller
        seen = [Transition(host_id, self.front.clock.now(), kind, detail) for host_id in host_ids]
        async with controller.database.session() as session:
            for event in await events.write_seen(session, seen):
                controller.bus.publish_after_commit(session, event)

    async def step(self, seconds: float = 0) -> None:
        """Let time pass, and the courier do what is due."""
        self.front.clock.move(timedelta(seconds=seconds))
        await self.front.controller.courier.step()
        await self.front.controller.courier.idle()

    async def deliveries(self, **query: Any) -> list[dict[str, Any]]:
        """As the API lists them."""
        answer = await self.admin.get("/notify/deliveries", params=query)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return found

    @property
    def now(self) -> Any:
        """The application's time."""
        return utc_now(self.front.clock)


def token(got: Got) -> str:
    """The word of the link in a mail."""
    found = re.search(r"http://moorline\.test/confirm\?token=([\w-]+)", got.text)
    assert found is not None, got.text
    return found[1]


@pytest.fixture
async def post(front: Front) -> AsyncIterator[Post]:
    """The application, and a mail server."""
    async with mail_server() as server:
        yield Post(front, await front.admin(), server)
        await front.controller.courier.close()
