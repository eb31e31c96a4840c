"""What an engine can answer instead of the result, typed by what to do next."""

from __future__ import annotations

from controller.core.errors import AppError, Conflict, NotFound, Unavailable


class EngineAway(Unavailable):
    """The engine does not answer: it is stopped, frozen, or the host is away. Tried again by itself."""

    code = "engine_away"


class EngineSilent(EngineAway):
    """The engine is there and says nothing: it hangs."""


class EngineDenied(Conflict):
    """The account may not use the engine: a human has to let it."""

    code = "engine_denied"


class EngineRefused(Conflict):
    """The engine says no; the detail is its own words."""

    code = "engine_refused"


class NoSuchContainer(NotFound):
    """The container, image or volume is gone."""

    code = "no_such_container"


class NoEngine(NotFound):
    """The host has no such engine."""

    code = "no_engine"


LONGEST = 2000  # of an engine's own words


def plain(words: str) -> str:
    """An engine's words as they can be stored and shown."""
    cut = words.strip()[:LONGEST]
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in cut)


def refused(status: int, words: str) -> AppError:
    """The error for an HTTP status of an engine's, with its own words."""
    said = plain(words) or f"The engine answered with status {status} and gave no reason."
    if status == 404:
        return NoSuchContainer(said)
    return EngineRefused(said)
