"""Series and layouts: what the positions of a frame's values mean.

A layout is identified by its content, so hosts with equal series share one and no database has to be asked for an id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

Series = tuple[str, str]  # (metric name, instance); the instance is "" where there is only one


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """An ordered list of series and the id that follows from it."""

    id: int
    series: tuple[Series, ...]


def layout(series: Iterable[Series]) -> Layout:
    """The layout of these series in this order; equal series give the same object while it is remembered."""
    return _layout(tuple(series))


@lru_cache(maxsize=4096)
def _layout(series: tuple[Series, ...]) -> Layout:
    return Layout(layout_id(series), series)


def layout_id(series: Iterable[Series]) -> int:
    """A positive 63-bit id from the content: two different layouts among a million collide once in ten million years.

    Names and instances hold no control characters of their own; each is length-prefixed, so no two lists read alike.
    """
    digest = hashlib.blake2b(digest_size=8)
    for metric, instance in series:
        for part in (metric.encode(), instance.encode("utf-8", "surrogateescape")):
            digest.update(len(part).to_bytes(4, "big"))
            digest.update(part)
    return int.from_bytes(digest.digest(), "big") >> 1
