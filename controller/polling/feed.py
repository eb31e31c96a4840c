"""One browser tab's live feed: what it asked for, and the messages that are due.

Everything that leaves is checked against what the user may see at that moment: rights may change while a tab is open.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from controller.containers.feed import ContainerFeed, ContainerSources
from controller.core.clock import Clock
from controller.core.db import Database
from controller.core.events import Bus
from controller.hosts import views
from controller.hosts.board import Board
from controller.hosts.news import HostEventWritten
from controller.hosts.views import BOARD_FIELDS
from controller.metrics.live import Frame, LiveHub, Viewer
from controller.users.news import RightsChanged
from controller.users.rights import Action, Principal, allows, sees

PACE_S = 1.0  # the fleet's changes leave at most once a second
EVENTS = 100  # that wait for one tab
HOSTS = 16  # that one tab looks at: each of them is read every second
SNAPSHOT_DUE = -1  # in place of the version of the fleet that a tab has
RENEW_S = 15.0  # a session that expired, or a group that came or went, is noticed after this long at the latest


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a tab sends."""

    op: str
    topic: str = ""
    host_id: int | None = None


class Sources:
    """What every feed draws from."""

    def __init__(
        self, board: Board, hub: LiveHub, database: Database, bus: Bus, clock: Clock, *, containers: ContainerSources
    ) -> None:
        self.board = board
        self.containers = containers
        self.hub = hub
        self.database = database
        self.clock = clock
        self._feeds: set[Feed] = set()
        bus.listen(HostEventWritten, self._event_written)
        bus.listen(RightsChanged, self._rights_changed)

    def join(self, feed: Feed) -> None:
        """A tab came."""
        self._feeds.add(feed)

    def leave(self, feed: Feed) -> None:
        """A tab went."""
        self._feeds.discard(feed)

    def containers_changed(self, host_id: int) -> None:
        """Containers of a host, or its engines, are not as they were."""
        for feed in self._feeds:
            feed.containers_changed(host_id)

    def _rights_changed(self, news: RightsChanged) -> None:
        for feed in self._feeds:
            feed.rights_changed(news.user_id)

    def _event_written(self, news: HostEventWritten) -> None:
        for feed in self._feeds:
            feed.event_written(news)


class Feed:
    """Turns wishes into messages. `renew` gives the user's present rights, None once the session has ended."""

    def __init__(
        self, sources: Sources, principal: Principal, renew: Callable[[], Awaitable[Principal | None]]
    ) -> None:
        self._sources = sources
        self._principal = principal
        self._renew = renew
        self._renewed_at = sources.clock.monotonic()
        self._doubtful = False
        self._viewer = Viewer()
        self._containers = ContainerFeed(sources.containers)
        self._fleet_version: int | None = None
        self._shown: set[int] = set()
        self._news: list[dict[str, Any]] = []
        sources.join(self)

    def close(self) -> None:
        """The tab is gone."""
        self._sources.leave(self)
        self._containers.close()
        now = self._sources.clock.now()
        for host_id in list(self._viewer.frames):
            self._sources.hub.leave(self._viewer, host_id, now)

    def take_wish(self, text: str | bytes) -> dict[str, Any] | None:
        """Do what the tab asks; the message to answer with, if any."""
        try:
            wish = msgspec.json.decode(text, type=Wish)
        except msgspec.MsgspecError as error:
            return _problem("invalid", f"This is no request that the live feed knows: {error}.")
        if wish.op == "ping":
            return {"type": "pong"}
        if wish.op not in {"subscribe", "unsubscribe"} or wish.topic not in {"fleet", "host", "containers"}:
            return _problem(
                "invalid", "The live feed knows subscribe, unsubscribe and ping, of fleet, host or containers."
            )
        if wish.topic == "fleet":
            self._fleet_version = SNAPSHOT_DUE if wish.op == "subscribe" else None
            self._shown.clear()
            self._viewer.ready.set()
            return None
        return self._take_containers(wish) if wish.topic == "containers" else self._take_host(wish)

    def _take_containers(self, wish: Wish) -> dict[str, Any] | None:
        if wish.op == "unsubscribe":
            self._containers.unsubscribe(wish.host_id)
        elif wish.host_id is not None and not self._sees(wish.host_id):
            return _problem("not_found", "There is no such host.")
        elif not self._containers.subscribe(wish.host_id):
            return _problem("too_many", "One tab looks at the containers of 16 hosts at the most. Leave one first.")
        self._viewer.ready.set()
        return None

    def _take_host(self, wish: Wish) -> dict[str, Any] | None:
        host_id = wish.host_id
        if host_id is None or not self._sees(host_id):
            return _problem("not_found", "There is no such host.")
        if wish.op == "unsubscribe":
            self._sources.hub.leave(self._viewer, host_id, self._sources.clock.now())
        elif host_id not in self._viewer.frames:
            if len(self._viewer.frames) >= HOSTS:
                return _problem("too_many", f"One tab looks at {HOSTS} hosts at the most. Leave one first.")
            self._sources.hub.join(self._viewer, host_id)
        return None

    def refuse_length(self) -> dict[str, Any]:
        """The tab sent more than any request is long."""
        return _problem("too_large", "A request of the live feed is short.")

    def rights_changed(self, user_id: int) -> None:
        """A user may do something else than before: if it is this one, look before anything else leaves."""
        if user_id == self._principal.user_id:
            self._doubtful = True
            self._viewer.ready.set()

    def containers_changed(self, host_id: int) -> None:
        """Something happened to a host's containers."""
        if self._containers.covers(host_id):
            self._viewer.ready.set()

    def event_written(self, news: HostEventWritten) -> None:
        """Something happened to a host."""
        if len(self._news) < EVENTS and (self._fleet_version is not None or news.host_id in self._viewer.frames):
            self._news.append({name: getattr(news, name) for name in ("id", "host_id", "at", "kind", "detail")})
            self._viewer.ready.set()

    async def next(self) -> list[dict[str, Any]] | None:
        """The messages that are due next, after at most a second; None once the session has ended."""
        try:
            async with asyncio.timeout(PACE_S):
                await self._viewer.ready.wait()
        except TimeoutError:
            pass
        if not await self._still_there():
            return None
        if self._doubtful:
            return []  # nothing leaves by rights that may be gone
        messages = self._take_frames()
        if self._fleet_version is not None:
            messages += await self._take_fleet()
        if self._containers.active:
            with contextlib.suppress(SQLAlchemyError, OSError):  # asked again in a second
                messages += await self._containers.take(self._principal)
        news, self._news = self._news, []
        messages += [{"type": "host.event", "event": event} for event in news if self._sees(event["host_id"])]
        return messages

    async def _still_there(self) -> bool:
        """Take up the user's present rights when they may have changed, and once in a while; is the session alive?"""
        now = self._sources.clock.monotonic()
        if not self._doubtful and now - self._renewed_at < RENEW_S:
            return True
        doubtful, self._doubtful = self._doubtful, False  # what changes while this is looked up is looked up again
        try:
            principal = await self._renew()
        except (SQLAlchemyError, OSError):  # the database is away: asked again in a second
            self._doubtful |= doubtful
            await asyncio.sleep(PACE_S)
            return True
        if principal is None or not allows(principal, Action.HOSTS_READ):
            return False
        self._principal, self._renewed_at = principal, now
        return True

    def _take_frames(self) -> list[dict[str, Any]]:
        for host_id in [h for h in self._viewer.frames if not self._sees(h)]:
            self._sources.hub.leave(self._viewer, host_id, self._sources.clock.now())
        restarted, frames = self._viewer.take()
        messages = [self._snapshot(host_id) for host_id in restarted]
        messages += [
            {"type": "host.frame", "host_id": host_id, "ts": at, "values": _rounded(values)}
            for host_id, (at, values) in frames
        ]
        return messages

    def _snapshot(self, host_id: int) -> dict[str, Any]:
        series, frames = self._sources.hub.snapshot(host_id)
        return {
            "type": "host",
            "host_id": host_id,
            "series": [{"metric": metric, "instance": instance} for metric, instance in series],
            "frames": [_pair(frame) for frame in frames],
        }

    async def _take_fleet(self) -> list[dict[str, Any]]:
        """A snapshot at first, then what changed. Hosts that the user has come to see are sent whole."""
        board = self._sources.board
        version, changed, _ = board.changes(max(0, self._fleet_version or 0))
        visible = {status.host_id for status in board if sees(self._principal, status.group_ids)}
        gone = self._shown - visible
        whole = {
            host_id
            for host_id in visible
            if host_id not in self._shown or not changed.get(host_id, set()) <= BOARD_FIELDS.keys()
        }
        try:
            async with self._sources.database.session() as session:
                shown = await views.show_ids(session, self._principal, board, whole) if whole else []
        except (SQLAlchemyError, OSError):
            return []  # asked again in a second
        first = self._fleet_version == SNAPSHOT_DUE
        self._fleet_version = version
        self._shown = (self._shown - gone) | {host.id for host in shown}
        if first:
            return [{"type": "fleet", "hosts": shown}]
        deltas: list[Any] = list(shown)
        for host_id in self._shown - whole:
            status = board.get(host_id)
            if status is not None and (fields := changed.get(host_id)):
                deltas.append(views.delta(status, fields))
        return [{"type": "fleet.delta", "hosts": deltas, "removed": sorted(gone)}] if deltas or gone else []

    def _sees(self, host_id: int) -> bool:
        status = self._sources.board.get(host_id)
        return status is not None and sees(self._principal, status.group_ids)


def _problem(code: str, detail: str) -> dict[str, Any]:
    return {"type": "problem", "code": code, "detail": detail}


def _pair(frame: Frame) -> list[Any]:
    at, values = frame
    return [at, _rounded(values)]


def _rounded(values: Any) -> list[float | None]:
    return [None if value is None else round(value, 3) for value in values]
