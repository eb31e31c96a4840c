"""Series and layouts: what the positions of a frame's values mean.

A layout is identified by its content, so hosts with equal series share one and no database has to be asked for an id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from collectors.spec import Cadence

Series = tuple[str, str]  # (metric name, instance); the instance is "" where there is only one


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """An ordered list of series of one cadence group, and the id that follows from it."""

    id: int
    series: tuple[Series, ...]
    cadence: Cadence


def layout(series: Iterable[Series], cadence: Cadence) -> Layout:
    """The layout of these series in this order; equal series give the same object while it is remembered."""
    return _layout(tuple(series), cadence)


@lru_cache(maxsize=4096)
def _layout(series: tuple[Series, ...], cadence: Cadence) -> Layout:
    return Layout(layout_id(series), series, cadence)


def layout_id(series: Iterable[Series]) -> int:
    """A positive 63-bit id from the content: among 100,000 layouts the odds that two share one are one in two billion.

    Every part is length-prefixed, so that no two lists read alike.
    """
    digest = hashlib.blake2b(digest_size=8)
    for metric, instance in series:
        for part in (metric.encode(), instance.encode("utf-8", "surrogateescape")):
            digest.update(len(part).to_bytes(4, "big"))
            digest.update(part)
    return int.from_bytes(digest.digest(), "big") >> 1
