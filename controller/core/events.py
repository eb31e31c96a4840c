"""News between slices, told after the transaction that made it true has been committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

log = structlog.get_logger()
E = TypeVar("E")
PENDING = "moorline.events"


class Bus:
    """Delivers an event to those who asked for its type, in the order they asked. A listener must not wait."""

    def __init__(self) -> None:
        self._listeners: dict[type, list[Callable[[Any], None]]] = defaultdict(list)
        self._within: dict[type, list[Callable[[AsyncSession, Any], None]]] = defaultdict(list)

    def listen(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call `listener` for each event of exactly this type."""
        self._listeners[kind].append(listener)

    def listen_within(self, kind: type[E], listener: Callable[[AsyncSession, E], None]) -> None:
        """Call `listener` inside the transaction that makes the event true, to add rows that stand or fall with it."""
        self._within[kind].append(listener)

    def publish(self, news: object) -> None:
        """Deliver now. A listener that fails is logged and does not keep the others from hearing."""
        for listener in self._listeners[type(news)]:
            try:
                listener(news)
            except Exception:  # the edge between slices: one that breaks must not break its neighbours
                log.exception("events.listener_failed", kind=type(news).__name__)

    def publish_after_commit(self, session: AsyncSession, news: object) -> None:
        """Deliver once the session's transaction has been committed; drop it on a rollback.

        Whoever listens within hears of it now, and fails together with the transaction.
        """
        for listener in self._within[type(news)]:
            listener(session, news)
        inner = session.sync_session
        if PENDING not in inner.info:
            inner.info[PENDING] = []
            event.listen(inner, "after_commit", self._deliver)
            event.listen(inner, "after_rollback", _forget)
        inner.info[PENDING].append((inner.get_nested_transaction(), news))

    def _deliver(self, session: Session) -> None:
        inside, pending = session.get_nested_transaction(), session.info[PENDING]
        if inside is not None:  # the end of a savepoint: what was said in it belongs to what is around it now
            around = inside.parent if inside.parent is not None and inside.parent.nested else None
            session.info[PENDING] = [(around if at is inside else at, news) for at, news in pending]
            return
        session.info[PENDING] = []
        for _, news in pending:
            self.publish(news)


def _forget(session: Session) -> None:
    inside = session.get_nested_transaction()
    session.info[PENDING] = [
        (at, news) for at, news in session.info[PENDING] if inside is not None and at is not inside
    ]
