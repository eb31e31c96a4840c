"""How each kind of metric makes a value of two rows: quickly for a run of metrics, or carefully for one.

The quick ways return True when a counter went back, and raise TypeError when a figure is missing; what they have
appended by then is void. The careful ways return BACK and None. The rules are those that stand beside
`collectors.spec.Kind`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from operator import itemgetter
from typing import Any, Final

from collectors.spec import Kind, Metric

Value = float | None
Values = list[Value]
Row = tuple[Value, ...]
Run = Callable[[Any, Any, float, Values], bool]  # rows are trusted here: Any keeps the checks out of the loops


class Back(Enum):
    """A counter went back."""

    BACK = "back"


BACK: Final = Back.BACK
Careful = Callable[[Row, Row, float], Value | Back]


def run(metrics: Sequence[Metric], columns: Sequence[str]) -> Run:
    """The quick way for metrics of one kind (and, for shares, of one `over`)."""
    makers = {Kind.GAUGE: _gauges, Kind.RATE: _rates, Kind.SHARE: _shares, Kind.MEAN: _means, Kind.DUTY: _duties}
    return makers[metrics[0].kind](metrics, columns)


def _gauges(metrics: Sequence[Metric], columns: Sequence[str]) -> Run:
    indexes = [columns.index(metric.column) for metric in metrics]
    scales = [metric.scale for metric in metrics]
    pick = itemgetter(*indexes)
    if any(scale != 1 for scale in scales):
        pairs = list(zip(indexes, scales, strict=True))

        def scaled(row: Any, _previous: Any, _elapsed_s: float, values: Values) -> bool:
            values.extend([row[index] * scale for index, scale in pairs])
            return False

        return scaled
    append = list.append if len(indexes) == 1 else list.extend

    def gauges(row: Any, _previous: Any, _elapsed_s: float, values: Values) -> bool:
        append(values, pick(row))
        return False

    return gauges


def _rates(metrics: Sequence[Metric], columns: Sequence[str]) -> Run:
    pairs = [(columns.index(metric.column), metric.scale) for metric in metrics]

    def rates(row: Any, previous: Any, elapsed_s: float, values: Values) -> bool:
        append = values.append
        for column, scale in pairs:
            grown = row[column] - previous[column]
            if grown < 0:
                return True
            append(grown * scale / elapsed_s)
        return False

    return rates


def _shares(metrics: Sequence[Metric], columns: Sequence[str]) -> Run:
    over = columns.index(_over(metrics[0]))
    indexes = [columns.index(metric.column) for metric in metrics]
    blank: Values = [None] * len(indexes)

    def shares(row: Any, previous: Any, _elapsed_s: float, values: Values) -> bool:
        span = row[over] - previous[over]
        if span <= 0:
            values.extend(blank)
            return bool(span < 0)
        append = values.append
        for column in indexes:
            grown = row[column] - previous[column]
            if 0 <= grown <= span:
                append(100.0 * grown / span)
            elif grown > 0:
                append(100.0)
            elif grown * -2 > span:
                return True
            else:
                append(0.0)
        return False

    return shares


def _means(metrics: Sequence[Metric], columns: Sequence[str]) -> Run:
    triples = [(columns.index(m.column), columns.index(_over(m)), m.scale) for m in metrics]

    def means(row: Any, previous: Any, _elapsed_s: float, values: Values) -> bool:
        for column, over, scale in triples:
            grown = row[column] - previous[column]
            count = row[over] - previous[over]
            if grown < 0 or count < 0:
                return True
            values.append(grown * scale / count if count else 0.0)
        return False

    return means


def _duties(metrics: Sequence[Metric], columns: Sequence[str]) -> Run:
    pairs = [(columns.index(metric.column), 100.0 * metric.scale) for metric in metrics]

    def duties(row: Any, previous: Any, elapsed_s: float, values: Values) -> bool:
        for column, scale in pairs:
            grown = row[column] - previous[column]
            if grown < 0:
                return True
            values.append(min(grown * scale / elapsed_s, 100.0))
        return False

    return duties


def careful(metric: Metric, columns: Sequence[str]) -> Careful:
    """The careful way for one metric. A share that falls by more than half of what all grew by has gone back."""
    column = columns.index(metric.column)
    over = columns.index(metric.over) if metric.over is not None else column
    kind, scale = metric.kind, metric.scale

    def value(row: Row, previous: Row, elapsed_s: float) -> Value | Back:
        now = row[column]
        if kind is Kind.GAUGE:
            return now if now is None or scale == 1 else now * scale
        grown, span = _grown(now, previous[column]), _grown(row[over], previous[over])
        if grown is None or span is None:
            return None
        if kind is Kind.SHARE:
            return _share(grown, span)
        if grown < 0 or span < 0:
            return BACK
        if kind is Kind.MEAN:
            return grown * scale / span if span else 0.0
        rate = grown * scale / elapsed_s
        return rate if kind is Kind.RATE else min(100.0 * rate, 100.0)

    return value


def _grown(now: Value, before: Value) -> Value:
    return None if now is None or before is None else now - before


def _share(grown: float, span: float) -> Value | Back:
    if span < 0 or grown * -2 > span > 0:
        return BACK
    return max(0.0, min(100.0 * grown / span, 100.0)) if span else None


def _over(metric: Metric) -> str:
    if metric.over is None:
        raise ValueError(f"metric {metric.name} is a {metric.kind} and does not say over what")
    return metric.over
