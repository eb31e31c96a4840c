"""Host keys: what a host shows, what a human approved."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Conflict, FieldError, Invalid
from controller.hosts import events, queries
from controller.hosts.act import Act
from controller.hosts.board import Board
from controller.hosts.models import HostKey
from controller.hosts.news import HostKeyApproved
from controller.hosts.queries import HostRow
from controller.hosts.schemas import KeysView, PinnedKeyView, PresentedKeyView
from controller.ssh import hostkeys
from controller.ssh.target import PublicKey


async def view(session: AsyncSession, board: Board, host_id: int) -> KeysView:
    """The approved keys, and the one that waits."""
    status = board.get(host_id)
    rows = (await queries.pinned(session, [host_id])).get(host_id, [])
    return KeysView([pinned(row) for row in rows], presented(status.presented_key if status else None))


async def approve(session: AsyncSession, act: Act, board: Board, host: HostRow, fingerprint: str) -> None:
    """Pin the key that the host presents now, in place of any earlier one.

    Raises Conflict when the host presents no key or another than the one that was compared.
    """
    status = board.get(host.id)
    key = status.presented_key if status is not None else None
    if key is None:
        raise Conflict("This host presents no key that waits for approval; look at its state again.", code="no_key")
    if key.fingerprint != fingerprint:
        message = f"The host presents another key meanwhile: {key.fingerprint}. Compare that one and approve it."
        raise Conflict(message, code="key_differs")
    await _pin(session, act, host.id, host.name, key)


async def pin(session: AsyncSession, act: Act, host_id: int, name: str, line: str) -> None:
    """Pin a key that was compared before the host was added. Raises Invalid when it is none."""
    try:
        key = hostkeys.read(line if len(line) < 20_000 and "\n" not in line.strip() else "")
    except ValueError:
        message = "That is no public key of a host."
        raise Invalid(message, errors=(FieldError("host_key", message),)) from None
    await _pin(session, act, host_id, name, key)


async def _pin(session: AsyncSession, act: Act, host_id: int, name: str, key: PublicKey) -> None:
    before = [row.fingerprint for row in (await queries.pinned(session, [host_id])).get(host_id, [])]
    await session.execute(delete(HostKey).where(HostKey.host_id == host_id))
    session.add(
        HostKey(
            host_id=host_id,
            type=key.type,
            fingerprint=key.fingerprint,
            line=key.line,
            approved_by=act.actor.name,
            approved_at=act.at,
        )
    )
    await session.flush()
    detail = {"fingerprint": key.fingerprint, "before": before}
    await act.record(session, "host_key.approve", "host", host_id, name, type=key.type, **detail)
    await events.write(session, act, [host_id], "key_approved", {**detail, "by": act.actor.name})
    act.tell(session, HostKeyApproved(host_id))


def pinned(row: HostKey) -> PinnedKeyView:
    """An approved key as the API shows it."""
    return PinnedKeyView(row.type, row.fingerprint, row.approved_by, row.approved_at)


def presented(key: PublicKey | None) -> PresentedKeyView | None:
    """A waiting key as the API shows it."""
    return None if key is None else PresentedKeyView(key.type, key.fingerprint, key.line)
