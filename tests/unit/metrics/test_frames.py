"""How a frame is packed for binary COPY."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.spec import Cadence
from controller.metrics import frames
from controller.metrics.series import Layout, layout, layout_id

CORE = layout((), Cadence.CORE)
SLOW = layout((), Cadence.SLOW)


def unpack(row: bytes) -> tuple[tuple[int, ...], list[float | None]]:
    """The fixed fields (host, entity, µs since 2000, layout) and the values of a packed row."""
    fields, _, host, _, entity, _, ts, _, key, size, dimensions, nulls, oid, count, lower = struct.unpack_from(
        frames.ROW, row
    )
    assert (fields, dimensions, oid, lower) == (5, 1, 700, 1)
    body = row[struct.calcsize(frames.ROW) :]
    assert size == len(body) + frames.ARRAY_BYTES
    values: list[float | None] = []
    while body:
        (length,) = struct.unpack_from("!i", body)
        values.append(struct.unpack_from("!f", body, 4)[0] if length == 4 else None)
        body = body[4 + max(length, 0) :]
    assert len(values) == count
    assert nulls or None not in values
    return (host, entity, ts, key), values


@given(st.lists(st.one_of(st.none(), st.integers(-(2**70), 2**70), st.floats()), min_size=1, max_size=90))
def test_every_value_arrives_as_single_precision_or_as_null(values: list[float | None]) -> None:
    _, found = unpack(frames.pack(1, 0, frames.EPOCH, CORE, values))
    for given_, arrived in zip(values, found, strict=True):
        if given_ is None or not math.isfinite(given_) or abs(given_) > 3.4028236e38:
            assert arrived is None
        elif arrived is None:
            assert abs(given_) > 3.4028234e38
        else:
            assert arrived == struct.unpack("!f", struct.pack("!f", given_))[0]


@pytest.mark.parametrize("values", [[1.0, 2.5], [None, 2.5]])
def test_fixed_fields_and_times_to_the_microsecond(values: list[float | None]) -> None:
    row = Layout(7, (), Cadence.CORE)
    found, _ = unpack(frames.pack(3, 2, frames.EPOCH + 0.05, row, values))
    assert found == (3, 2, 50_000, 7)


def test_cadence_groups_of_one_tick_differ_by_a_microsecond() -> None:
    times = [unpack(frames.pack(1, 0, 1_795_478_400.35, each, [1.0]))[0][2] for each in (CORE, SLOW)]
    assert times[1] - times[0] == 1


def test_layout_ids_follow_from_the_content_alone() -> None:
    one = layout([("a", "b"), ("c", "")], Cadence.CORE)
    assert layout([("a", "b"), ("c", "")], Cadence.CORE) is one
    others = [[("ab", ""), ("c", "")], [("a", "b"), ("", "c")], [("c", ""), ("a", "b")], [("a", "b")], []]
    assert len({one.id, *(layout_id(each) for each in others)}) == 6
    assert all(0 <= layout_id(each) < 2**63 for each in others)
    assert layout_id([("disk", "odd\udcff name")]) != layout_id([("disk", "odd name")])
