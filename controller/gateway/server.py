"""The gateway's SSH server: its port, its own host key, and everybody who is in."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncssh
import structlog
from sqlalchemy.exc import SQLAlchemyError

from controller.core.clock import Clock
from controller.core.events import Bus
from controller.core.settings import Settings, SettingsError
from controller.gateway.access import Access
from controller.gateway.visitor import Visitor
from controller.hosts.news import HostChanged, HostRemoved
from controller.ssh.fleet import Fleet
from controller.terminal.manager import Terminals
from controller.terminal.recorders import Recorders
from controller.users.news import RightsChanged

log = structlog.get_logger()
RENEW_S = 15.0
RETRY_S = 1.0
LOGIN_S = 60.0
STRANGERS = 100  # connections at once that have not logged in, and of one address; see `joined`
STRANGERS_OF_ONE = 20
CROWDED = "Too many connections wait for a login. Try again shortly."
WINDOW = 1 << 20  # what a client may send ahead on one channel
CIPHERS = (
    "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
    "aes256-ctr", "aes192-ctr", "aes128-ctr",
)  # fmt: skip


class Gateway:
    """Listens while it is open. See `visitor.House` for what visitors find in it."""

    def __init__(
        self,
        settings: Settings,
        *,
        access: Access,
        fleet: Fleet,
        terminals: Terminals,
        recorders: Recorders,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self.access = access
        self.fleet = fleet
        self.terminals = terminals
        self.recorders = recorders
        self.fingerprint: str | None = None
        self.public_key: str | None = None
        self._settings = settings
        self._clock = clock
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._visitors: set[Visitor] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._suspects: set[Visitor] = set()
        self._suspected = asyncio.Event()
        self._rng = random.Random()  # noqa: S311 — only for whom the lot falls on
        bus.listen(RightsChanged, self._rights_changed)
        bus.listen(HostChanged, self._host_changed)
        bus.listen(HostRemoved, self._host_removed)

    async def open(self) -> None:
        """Listen, if that is switched on. Raises SettingsError for a port that cannot be had."""
        settings = self._settings
        if not settings.gateway_port:
            return
        key = await asyncio.to_thread(host_key, settings.data_dir / "gateway_host_key")
        self.fingerprint = key.get_fingerprint("sha256")
        self.public_key = " ".join(key.export_public_key().decode().split()[:2])
        address = settings.gateway_address or settings.address
        try:
            self._acceptor = await asyncssh.listen(
                address, settings.gateway_port, server_factory=lambda: Visitor(self), server_host_keys=[key],
                config=None, line_editor=False, encoding=None, window=WINDOW, agent_forwarding=False,
                x11_forwarding=False, allow_scp=False, gss_host=None, host_based_auth=False, kbdint_auth=False,
                encryption_algs=CIPHERS, compression_algs=["none"], login_timeout=LOGIN_S, keepalive_interval=30,
                keepalive_count_max=3, server_version="Moorline", utf8_decode_errors="replace",
            )  # fmt: skip
        except OSError as error:
            raise SettingsError(
                f"{address} port {settings.gateway_port} cannot be listened on ({error.strerror or error}); end what "
                "listens there, or set MOORLINE_GATEWAY_PORT to another"
            ) from None
        self.spawn(self._judge(), "gateway rights")
        self.spawn(self._look_again(), "gateway renewal")
        log.info("gateway.start", address=address, port=settings.gateway_port, fingerprint=self.fingerprint)

    async def close(self) -> None:
        """Send everybody away and wait until nothing runs."""
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
        for visitor in list(self._visitors):
            visitor.leave("Moorline is being stopped.")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # what visitors ask of it

    def joined(self, visitor: Visitor) -> None:
        """Somebody has connected. When too many wait for a login, one of them goes: of those of one address the newest.

        Of all addresses any of them: whoever holds all places could otherwise keep everybody else out for good.
        """
        self._visitors.add(visitor)
        strangers = [one for one in self._visitors if one.entry is None]
        if sum(one.address == visitor.address for one in strangers) > STRANGERS_OF_ONE:
            visitor.leave(CROWDED)
        elif len(strangers) > STRANGERS:
            self._rng.choice(strangers).leave(CROWDED)

    def left(self, visitor: Visitor) -> None:
        """A connection is gone."""
        self._visitors.discard(visitor)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run until the gateway closes."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def now(self) -> float:
        """Epoch seconds."""
        return self._clock.now()

    # rights

    def _rights_changed(self, news: RightsChanged) -> None:
        self._suspect({one for one in self._visitors if one.entry and one.entry.principal.user_id == news.user_id})

    def _host_changed(self, news: HostChanged) -> None:
        if "group_ids" in news.what or not news.enabled:
            self._suspect(self._on(news.host_id))

    def _host_removed(self, news: HostRemoved) -> None:
        self._suspect(self._on(news.host_id))

    def _on(self, host_id: int) -> set[Visitor]:
        return {one for one in self._visitors if any(running.host.id == host_id for running in one.running)}

    def _suspect(self, visitors: set[Visitor]) -> None:
        for visitor in visitors:
            visitor.doubt()
        self._suspects |= visitors
        self._suspected.set()

    async def _judge(self) -> None:
        while True:
            await self._suspected.wait()
            self._suspected.clear()
            while self._suspects:
                visitor = self._suspects.pop()
                try:
                    await visitor.judge()
                except Exception as error:  # the edge of the loop: what is in doubt stays so, and is looked at again
                    if not isinstance(error, SQLAlchemyError | OSError):  # more than a database that is away
                        log.exception("gateway.not_judged", address=visitor.address)
                    self._suspects.add(visitor)
                    await asyncio.sleep(RETRY_S)

    async def _look_again(self) -> None:
        """What expires, or was changed on the command line, tells nobody."""
        while True:
            await asyncio.sleep(RENEW_S)
            self._suspects |= {one for one in self._visitors if one.entry is not None}
            self._suspected.set()


def host_key(path: Path) -> asyncssh.SSHKey:
    """The gateway's own key: read, or made once. Raises SettingsError when the file holds none. Blocks."""
    if not path.exists():
        made = asyncssh.generate_private_key("ssh-ed25519", comment="moorline gateway")
        draft = path.with_name(path.name + ".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made.export_private_key())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    try:
        return asyncssh.read_private_key(path)
    except (asyncssh.KeyImportError, OSError) as error:
        raise SettingsError(
            f"{path} holds no usable host key ({error}); restore it, or delete it for a new one"
        ) from None
