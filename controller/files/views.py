"""Transfers as the API shows them."""

from __future__ import annotations

from controller.files import names
from controller.files.schemas import TransferPage, TransferView
from controller.files.transfer import PAUSABLE, State, Transfer

NAMES = 5


def show(one: Transfer) -> TransferView:
    """One transfer."""
    speed = one.bytes_per_s
    left = None
    if one.total_bytes is not None and speed > 1:
        left = max(0.0, (one.total_bytes - one.done_bytes) / speed)
    return TransferView(
        id=one.id,
        kind=one.kind,  # type: ignore[arg-type]  # one of the words
        state=one.state.value,
        host_id=one.host_id,
        host_name=one.host_name,
        path=names.text(one.path),
        names=[names.text(names.split(path)[1]) for path in (one.paths or [one.path])[:NAMES]],
        to_host_id=one.to_host_id,
        to_host_name=one.to_host_name,
        to_path=None if one.to_path is None else names.text(one.to_path),
        format=one.options.get("format"),
        as_root=one.as_root,
        total_bytes=one.total_bytes,
        done_bytes=one.done_bytes,
        total_files=one.total_files,
        done_files=one.done_files,
        bytes_per_s=round(speed, 1),
        left_s=None if left is None else round(left, 1),
        sha256=one.sha256,
        code=one.code,
        error=one.error,
        created_at=one.created_at,
        updated_at=one.updated_at,
        pausable=one.kind in PAUSABLE and not one.ended,
        current=names.text(one.current) if one.current is not None and one.state == State.RUNNING else None,
        warnings=list(one.warnings),
        trashed=list(one.options.get("trashed", ())),
    )


def page(found: list[Transfer], limit: int, offset: int = 0) -> TransferPage:
    """Some of them."""
    return TransferPage([show(one) for one in found[offset : offset + limit]], len(found))
