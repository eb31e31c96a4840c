"""Channels on a host's connections: a place for each, further connections while the first is full, fair waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, TypeVar

import asyncssh
from asyncssh.constants import OPEN_REQUEST_SESSION_FAILED

from controller.ssh import connect
from controller.ssh.budget import Budget
from controller.ssh.channel import Channel
from controller.ssh.errors import ChannelRefused, LineError, Unreachable
from controller.ssh.fleet import Receiver
from controller.ssh.held import Held, Lease
from controller.ssh.line import House, Line

T = TypeVar("T")
STREAM_WINDOW = 2 << 20  # bytes; half of it may arrive before the host has to be told to go on
FILES_WINDOW = 4 << 20
FILES_PACKET = 64 << 10
# sshd frees a session a moment after it has said that the channel is closed: as a rule at its next turn, but only when
# the command has ended where we closed first. Until then a refusal tells nothing about the limit.
SETTLE_S = 0.03
STALE_S = 0.5
# dropbear closes a session that it has just opened when a command of another one ends before it was asked for its own
# (2022.83, seen on a busy host). Nothing has begun then; a host that really refuses a command does so every time.
HASTY_TRIES = 3
# How hosts say "no further session": OpenSSH with the second, others with the first or the last
FULL = {
    asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED,
    asyncssh.OPEN_CONNECT_FAILED,
    asyncssh.OPEN_RESOURCE_SHORTAGE,
}


class Sessions:
    """All connections of one host and who sits on them."""

    def __init__(self, line: Line, house: House) -> None:
        self.line = line
        self._house = house
        self._options = house.options
        self._budget = Budget(house.options.sessions)
        self._overflow: list[Held] = []
        self._queue = asyncio.Lock()  # first come, first served
        self._freed = asyncio.Event()
        self._grow_after = 0.0
        self._idle: asyncio.TimerHandle | None = None
        self._overdue = 0  # channels that the host was asked for and has neither opened nor refused in time
        line.on_freed = self._free

    @property
    def limit(self) -> int:
        """How many sessions one connection to the host carries, as far as is known."""
        return self._budget.limit

    @property
    def spare(self) -> bool:
        """Whether the main connection stands, the collector sits on it, and half of its sessions are free."""
        held = self.line.held
        return held is not None and held.reader and held.used * 2 < self._budget.limit

    def all(self) -> list[Held]:
        """Every connection to the host."""
        return [*([self.line.held] if self.line.held is not None else []), *self._overflow]

    def close(self) -> None:
        """Close every connection."""
        if self._idle is not None:
            self._idle.cancel()
        self._close_overflow()
        self.line.close()
        self._freed.set()

    def rest(self) -> None:
        """Close the main connection some time after nobody needs it."""
        if self._idle is None and not self.line.watched and not self.line.closed:
            self._idle = asyncio.get_running_loop().call_later(self._options.overflow_idle_s, self._rested)

    # what the pool offers

    async def command(self, command: str, receiver: Receiver, *, reader: bool = False) -> Channel:
        """Start a command."""
        return await self._session(receiver, reader=reader, command=command, window=STREAM_WINDOW)

    async def shell(self, receiver: Receiver, window_bytes: int, **request: Any) -> Channel:
        """Open a login shell or a command, on a terminal or not, as asyncssh's create_session takes it."""
        return await self._session(receiver, stays=True, window=window_bytes, **request)

    async def files(self, receiver: Receiver, command: str | None, *, bulk: bool) -> Channel:
        """The SFTP subsystem, or a command in its place; `bulk`: beside the main connection, if that may be."""
        wanted = {"subsystem": "sftp"} if command is None else {"command": command}

        def create(held: Held, lease: Lease) -> Awaitable[Channel]:
            return Channel(held, lease, receiver).start(window=FILES_WINDOW, max_pktsize=FILES_PACKET, **wanted)

        _, channel = await self._placed(create, bulk=bulk)
        return channel

    async def connect_tcp(self, address: str, port: int, receiver: Receiver) -> Channel:
        """A forwarded TCP connection."""
        return await self._forward(receiver, lambda ssh, make: ssh.create_connection(make, address, port))

    async def connect_unix(self, path: str, receiver: Receiver) -> Channel:
        """A forwarded Unix connection."""
        return await self._forward(receiver, lambda ssh, make: ssh.create_unix_connection(make, path))

    @asynccontextmanager
    async def sftp(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """An SFTP session; ended with the context."""
        lease, client = await self._placed(lambda held, _: held.ssh.start_sftp_client())
        try:
            yield client
        finally:
            client.exit()
            with suppress(TimeoutError, OSError, asyncssh.Error):
                async with asyncio.timeout(self._options.channel_timeout_s):
                    await client.wait_closed()
            lease.end()

    # how

    async def _session(
        self, receiver: Receiver, *, reader: bool = False, stays: bool = False, **request: Any
    ) -> Channel:
        def create(held: Held, lease: Lease) -> Awaitable[Channel]:
            return Channel(held, lease, receiver).start(**request)

        _, channel = await self._placed(create, reader=reader, stays=stays)
        return channel

    async def _placed(
        self,
        create: Callable[[Held, Lease], Awaitable[T]],
        *,
        reader: bool = False,
        stays: bool = False,
        bulk: bool = False,
    ) -> tuple[Lease, T]:
        """Open a session somewhere. Raises ChannelRefused, or what keeps the line from being up."""
        deadline = monotonic() + self._options.slot_timeout_s
        refusals = 0
        while True:
            lease = await self._place(reader=reader, stays=stays, bulk=bulk)
            held = lease.connection
            beside = held.used - 1
            try:
                return lease, await self._opened(create(held, lease), lease)
            except asyncssh.ChannelOpenError as error:
                stale = monotonic() - held.freed_at < STALE_S
                lease.end(opened=False)
                refusals += (hasty := error.code == OPEN_REQUEST_SESSION_FAILED)
                if hasty and refusals < HASTY_TRIES and not held.ssh.is_closed():
                    await asyncio.sleep(SETTLE_S)
                elif stale and error.code in FULL and not held.ssh.is_closed():
                    await asyncio.sleep(STALE_S / 10)  # nothing tells when sshd has freed it
                else:
                    self._judge(held, error, beside)
            except (asyncssh.Error, OSError) as error:
                lease.end(opened=False)
                if not held.ssh.is_closed():
                    raise ChannelRefused(f"{held.target.label} does not offer this: {error}.") from None
                self._broke(held, beside)
            if monotonic() > deadline:
                raise self._no_place()

    def _judge(self, held: Held, error: asyncssh.ChannelOpenError, beside: int) -> None:
        """Learn from a refusal; raise when another try cannot help."""
        if held.ssh.is_closed():
            self._broke(held, beside)
        elif error.code not in FULL:
            raise ChannelRefused(f"{held.target.label} refused the session: {error.reason[:200]}.") from None
        elif held.used == 0:
            raise ChannelRefused(
                f"{held.target.label} allows no sessions at all ({error.reason[:200]}). Raise MaxSessions in its "
                "sshd_config, or give the account a shell."
            ) from None
        else:
            self._budget.refused(held.used, monotonic())

    def _broke(self, held: Held, beside: int) -> None:
        """The connection was lost while a channel was opened on it: beside others, that is how a limit looks too.

        Not when the host had been silent before: then the keepalive has found out that it is gone.
        """
        if beside == 0 or monotonic() - held.ssh.heard >= self._options.keepalive_s:
            raise self.line.error or Unreachable(f"{held.target.label} closed the connection.")
        self._budget.broke(beside)
        self.line.reconnect()

    async def _opened(self, opening: Awaitable[T], lease: Lease) -> T:
        """Wait for a channel, never cancelling its opening: asyncssh would leave it open on the host for ever."""
        task = asyncio.ensure_future(opening)
        try:
            async with asyncio.timeout(self._options.channel_timeout_s):
                return await asyncio.shield(task)
        except TimeoutError:
            self._overdue += 1
            task.add_done_callback(lambda late: self._too_late(late, lease))
            raise self._hangs(self._options.channel_timeout_s) from None
        except asyncio.CancelledError:
            task.add_done_callback(lambda late: _discard(late, lease))
            raise

    async def _forward(
        self, receiver: Receiver, create: Callable[[asyncssh.SSHClientConnection, Any], Awaitable[Any]]
    ) -> Channel:
        held = await self.line.ready()
        lease = held.lease(reader=False, counted=False)
        channel = Channel(held, lease, receiver)

        async def opening() -> Channel:
            await create(held.ssh, lambda: channel)
            channel.session_started()
            return channel

        try:
            return await self._opened(opening(), lease)
        except asyncssh.ChannelOpenError as error:
            lease.end()
            if held.ssh.is_closed():
                raise connect.lost(held.target, None) from None
            raise connect.refused_channel(held.target, error) from None
        except asyncssh.Error as error:
            lease.end()
            raise connect.lost(held.target, error) from None

    # places

    async def _place(self, *, reader: bool, stays: bool, bulk: bool) -> Lease:
        main = await self.line.ready()
        if reader and not main.reader and self._budget.room(main.used, 0, monotonic()):
            return main.lease(reader=True)
        try:
            async with asyncio.timeout(self._options.slot_timeout_s), self._queue:
                if bulk:
                    return await self._beside_main()
                return await self._wait_for_place(self._options.overflow_shells if stays else self._options.overflow)
        except TimeoutError:
            raise self._no_place() from None

    def _too_late(self, late: asyncio.Future[Any], lease: Lease) -> None:
        self._overdue -= 1
        _discard(late, lease)

    def _hangs(self, seconds: float) -> ChannelRefused:
        return ChannelRefused(
            f"{self.line.label} has not answered for {seconds:.0f} s although its connection stands: it is overloaded "
            "or hangs. Try again shortly, or look at it by the vendor's console.",
            code="channel_timeout",
        )

    def _no_place(self) -> LineError:
        """Why there was none in time: all are in use, or in truth the host does not answer."""
        held = self.line.held
        if held is None:
            return self.line.error or Unreachable(f"{self.line.label} does not answer.", code="timeout")
        silent_s = monotonic() - held.ssh.heard
        if self._overdue or silent_s > self._options.slot_timeout_s:
            return self._hangs(max(silent_s, self._options.slot_timeout_s))
        return ChannelRefused(
            f"Every session that {self.line.label} allows is in use. Close a terminal or wait for a job, then try "
            "again.",
            code="busy",
        )

    async def _beside_main(self) -> Lease:
        """A place where what is typed and watched need not wait behind megabytes; on the main one if need be."""
        main = await self.line.ready()
        now = monotonic()
        if not any(self._budget.room(self._taken(held, now), 0, now) for held in self._overflow) and self._may_grow(
            now, self._options.overflow
        ):
            await self._grow()
        now = monotonic()
        for held in self._overflow:
            if held is not main and self._budget.room(self._taken(held, now), 0, now):
                return held.lease(reader=False)
        return await self._wait_for_place(self._options.overflow)

    def _may_grow(self, now: float, overflow: int) -> bool:
        return len(self._overflow) < overflow and now >= self._grow_after and self.line.may_log_in

    async def _wait_for_place(self, overflow: int) -> Lease:
        while True:
            main = await self.line.ready()
            now = monotonic()
            if self._budget.room(self._taken(main, now), 0 if main.reader else 1, now):
                return main.lease(reader=False)
            for held in self._overflow:
                if self._budget.room(self._taken(held, now), 0, now):
                    return held.lease(reader=False)
            self._freed.clear()
            if self._may_grow(now, overflow):
                await self._grow()
            else:
                await self._freed.wait()

    def _taken(self, held: Held, now: float) -> int:
        """Sessions in use, and on a host that has refused one also the one that has just ended: see SETTLE_S."""
        return held.used + (self._budget.learnt and now - held.freed_at < SETTLE_S)

    async def _grow(self) -> None:
        try:
            held = await self.line.connect(freed=self._free, lost=self._overflow_lost)
        except LineError as error:
            # The main connection stands; the host may limit connections. Wait for a place there.
            self._grow_after = monotonic() + self._options.retry_floor_s
            self.line.failed_beside(error)
            if self.line.held is None:
                self._close_overflow()
            return
        if self.line.closed:
            held.close()
            raise Unreachable("This host is no longer watched.", code="forgotten")
        self._overflow.append(held)
        self._free(held)  # it may find no use after all

    def _close_overflow(self) -> None:
        closing, self._overflow = self._overflow, []
        for held in closing:
            held.close()

    def _free(self, held: Held) -> None:
        self._freed.set()
        loop = asyncio.get_running_loop()
        if self._budget.learnt:
            loop.call_later(SETTLE_S * 1.5, self._freed.set)
        if held.used or held.forwards:
            return
        if held in self._overflow:
            held.idle_timer = loop.call_later(self._options.overflow_idle_s, self._overflow_idle, held)
        else:
            self.rest()

    def _overflow_idle(self, held: Held) -> None:
        if held in self._overflow and not held.used:
            self._overflow.remove(held)
            held.close()

    def _overflow_lost(self, held: Held, _: Unreachable) -> None:
        if held in self._overflow:
            self._overflow.remove(held)
        self._freed.set()

    def _rested(self) -> None:
        self._idle = None
        held = self.line.held
        busy = held is not None and (held.used or held.forwards)
        if not (busy or self.line.watched or self.line.through or self._overflow):
            self.line.rest()


def _discard(late: asyncio.Future[Any], lease: Lease) -> None:
    """A channel that opened after everybody had left."""
    if late.cancelled() or late.exception() is not None:
        lease.end()
    elif isinstance(late.result(), Channel):
        late.result().kill()  # which ends a command that has begun, too
    else:
        late.result().exit()
        lease.end()
