"""Which partition holds which day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from controller.metrics.partitions import Span, utc_day


@given(st.sampled_from(Span), st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_every_day_is_in_exactly_one_partition(span: Span, day: date) -> None:
    start = span.start(day)
    end = span.end(start)
    assert start <= day < end
    assert span.start(end) == end
    assert span.start(end - timedelta(days=1)) == start


def test_days_are_those_of_utc() -> None:
    assert utc_day(1_795_478_400.0) == date(2026, 11, 24)
    assert utc_day(1_795_478_399.999) == date(2026, 11, 23)
