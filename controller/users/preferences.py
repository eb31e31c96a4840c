"""What administrators set in the page: kept in the database, with a default for each."""

from __future__ import annotations

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import FieldError, Invalid
from controller.users.models import AppSetting

KEY = "application"


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many days frames and their averages over 1 minute, 10 minutes and 1 hour are kept."""

    raw_days: int = 2
    minute_days: int = 14
    ten_minute_days: int = 90
    hour_days: int = 730


class RecordingTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether terminal sessions are recorded, with what is typed or without, for how long, and how much of each."""

    enabled: bool = True
    input: bool = False
    days: int = 90
    limit_mib: int = 64


class TerminalLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many terminals one user may have open, and when they end: without a key typed, and at all. 0: never."""

    sessions_per_user: int = 50
    idle_minutes: int = 480
    absolute_minutes: int = 1440


class JobTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many days, and how many of them, the runs of jobs are kept."""

    days: int = 90
    count: int = 10_000


class AppSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is set in the page."""

    self_registration: bool = False
    retention: Retention = msgspec.field(default_factory=Retention)
    recording: RecordingTerms = msgspec.field(default_factory=RecordingTerms)
    terminal: TerminalLimits = msgspec.field(default_factory=TerminalLimits)
    jobs: JobTerms = msgspec.field(default_factory=JobTerms)


async def read(session: AsyncSession) -> AppSettings:
    """What is set now."""
    value = await session.scalar(select(AppSetting.value).where(AppSetting.key == KEY))
    return AppSettings() if value is None else msgspec.convert(value, AppSettings)


async def write(session: AsyncSession, settings: AppSettings) -> None:
    """Set all of it. Raises Invalid for what contradicts itself or is out of range."""
    _check(settings.retention)
    _check_recording(settings.recording)
    _check_terminal(settings.terminal)
    _check_jobs(settings.jobs)
    statement = insert(AppSetting).values(key=KEY, value=msgspec.to_builtins(settings))
    await session.execute(
        statement.on_conflict_do_update(index_elements=[AppSetting.key], set_={"value": statement.excluded.value})
    )


def _check(retention: Retention) -> None:
    days = [getattr(retention, name) for name in Retention.__struct_fields__]
    for name, value in zip(Retention.__struct_fields__, days, strict=True):
        if not 1 <= value <= 3650:
            raise Invalid(
                f"{name} takes a number of days from 1 to 3650.",
                errors=(FieldError(f"retention.{name}", "takes 1 to 3650 days"),),
            )
    if days != sorted(days):
        raise Invalid(
            "Coarser history has to be kept at least as long as finer history.",
            errors=(FieldError("retention", "has to grow from raw frames to hours"),),
        )


def _check_recording(terms: RecordingTerms) -> None:
    for name, value, most in (("days", terms.days, 3650), ("limit_mib", terms.limit_mib, 4096)):
        if not 1 <= value <= most:
            error = FieldError(f"recording.{name}", f"takes 1 to {most}")
            raise Invalid(f"recording.{name} takes a number from 1 to {most}.", errors=(error,))


def _check_terminal(limits: TerminalLimits) -> None:
    for name, least, most in (
        ("sessions_per_user", 1, 500),
        ("idle_minutes", 0, 43200),
        ("absolute_minutes", 0, 43200),
    ):
        if not least <= getattr(limits, name) <= most:
            raise Invalid(
                f"{name} takes a number from {least} to {most}.",
                errors=(FieldError(f"terminal.{name}", f"takes {least} to {most}"),),
            )


def _check_jobs(terms: JobTerms) -> None:
    for name, value, most in (("days", terms.days, 3650), ("count", terms.count, 1_000_000)):
        if not 1 <= value <= most:
            error = FieldError(f"jobs.{name}", f"takes 1 to {most}")
            raise Invalid(f"jobs.{name} takes a number from 1 to {most}.", errors=(error,))
