"""What can be told, and how a slice puts news into the outbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect
from sqlalchemy.ext.asyncio import AsyncSession

from controller.notify.models import Notice


class News(StrEnum):
    """The kinds of news. Those of hosts are gathered; each of a job is a message of its own."""

    HOST_DOWN = "host_down"
    HOST_UP = "host_up"
    HOST_NEEDS_YOU = "host_needs_you"
    JOB_STARTED = "job_started"
    JOB_SUCCEEDED = "job_succeeded"
    JOB_FAILED = "job_failed"
    JOB_LONG = "job_long"
    JOB_WAITS = "job_waits"
    SCHEDULE_MISSED = "schedule_missed"


OF_HOSTS = frozenset({News.HOST_DOWN, News.HOST_UP, News.HOST_NEEDS_YOU})


def put(
    session: AsyncSession,
    kind: News,
    at: datetime,
    *,
    host_ids: Collection[int] | ColumnElement[list[int]] | ScalarSelect[list[int]] = (),
    user_ids: Collection[int] = (),
    detail: Mapping[str, object] | None = None,
) -> None:
    """Put one notice into the outbox; it is there if and only if the session's transaction is committed.

    `host_ids`: the hosts that it is about: whoever sees none of them is not told. `user_ids`: whom it concerns by name,
    such as who launched the job. `detail`: JSON that the templates show; no secrets.
    """
    hosts = host_ids if isinstance(host_ids, ColumnElement | ScalarSelect) else sorted(host_ids)
    row = Notice(kind=kind.value, host_ids=hosts, user_ids=sorted(user_ids), detail=dict(detail or {}), at=at)
    session.add(row)
