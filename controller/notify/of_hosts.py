"""News of hosts, put into the outbox where it is written into their lists of events."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.events import Bus
from controller.hosts.news import HostEventWritten
from controller.hosts.states import NEEDS_A_HUMAN, HostState
from controller.notify.news import News, put

KINDS = {
    HostState.DOWN.value: News.HOST_DOWN,
    HostState.UP.value: News.HOST_UP,
    **{state.value: News.HOST_NEEDS_YOU for state in NEEDS_A_HUMAN.values()},
}


def listen(bus: Bus) -> None:
    """Hear of hosts inside the transactions that write their events."""
    bus.listen_within(HostEventWritten, _written)


def _written(session: AsyncSession, event: HostEventWritten) -> None:
    kind = KINDS.get(event.kind)
    if kind is not None:
        put(session, kind, event.at, host_ids=[event.host_id], detail={"state": event.kind, **event.detail})
