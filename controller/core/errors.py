"""Errors that reach a caller of the API: typed by what the caller can do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of the input."""

    field: str
    message: str


class AppError(Exception):
    """An error with an HTTP status, a stable machine word and a sentence that says what to do next."""

    status = 500
    code = "internal"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: tuple[FieldError, ...] = (),
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.members = members or {}  # more that the caller needs to go on
        if code is not None:
            self.code = code


def unexpected(error: BaseException) -> str:
    """What people are told of a mistake of ours: its kind alone, as its words may hold anything. Log the rest."""
    return f"It failed for an unexpected reason ({type(error).__name__}); Moorline's log says more."


class Invalid(AppError):
    """The input breaks a rule; `errors` names the fields."""

    status = 400
    code = "invalid"


class Unauthenticated(AppError):
    """Nobody is logged in."""

    status = 401
    code = "unauthenticated"


class Forbidden(AppError):
    """The caller may not do this."""

    status = 403
    code = "forbidden"


class NotFound(AppError):
    """No such object, or none that the caller may see: both read the same from outside."""

    status = 404
    code = "not_found"


class Conflict(AppError):
    """The object's present state stands in the way."""

    status = 409
    code = "conflict"


class TooMany(AppError):
    """A limiter stands in the way; `retry_after_s` says for how long."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, detail: str, *, retry_after_s: float) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(AppError):
    """Something Moorline depends on is away; try again later."""

    status = 503
    code = "unavailable"
