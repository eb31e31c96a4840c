"""The five fields of cron: minute, hour, day of the month, month, day of the week.

Lists, ranges, steps and names; `L` in the day field is the month's last day, `5L` in the weekday field its last Friday,
`1#2` its second Monday. As in Vixie's cron, when both day fields are restricted, either of them is enough. Weekdays are
0 to 7, both ends Sunday.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
SHORTHAND = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,3}))?\Z", re.ASCII)
ORDINAL = re.compile(r"(\w+)#([1-5])\Z", re.ASCII)
LAST = re.compile(r"(\w+)l\Z", re.ASCII)
LONGEST = 200


class CronError(ValueError):
    """An expression is none. `position`: the field, from 0."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression that was understood. `wandering`: its hour is a star, so that it follows real hours."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    last_day: bool
    nth: frozenset[tuple[int, int]]  # weekday and which of the month, -1 the last
    any_day: bool
    any_weekday: bool
    wandering: bool

    def on(self, day: date) -> bool:
        """Does it run on that day?"""
        if day.month not in self.months:
            return False
        by_day = day.day in self.days or (self.last_day and day.day == calendar.monthrange(day.year, day.month)[1])
        weekday = (day.weekday() + 1) % 7
        by_weekday = weekday in self.weekdays or any(
            weekday == wanted and is_nth(day, number) for wanted, number in self.nth
        )
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday


def is_nth(day: date, number: int) -> bool:
    """Is the day the so-manieth of its weekday in its month? -1: the last."""
    if number == -1:
        return day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    return (day.day - 1) // 7 + 1 == number


def parse(expression: str) -> Cron:
    """Understand an expression. Raises CronError that names the field."""
    text = expression.strip().lower()
    fields = SHORTHAND.get(text, text).split()
    if len(fields) != 5 or len(text) > LONGEST:
        raise CronError(0, "takes five fields: minute, hour, day of the month, month, day of the week")
    minute, hour, day, month, weekday = fields
    day_parts, last_day = _without(day.split(","), "l")
    week_parts, nth = _nth(weekday.split(","))
    return Cron(
        minutes=tuple(sorted(_numbers(0, minute.split(","), 0, 59, {}))),
        hours=tuple(sorted(_numbers(1, hour.split(","), 0, 23, {}))),
        days=_numbers(2, day_parts, 1, 31, {}),
        months=_numbers(3, month.split(","), 1, 12, MONTHS),
        weekdays=frozenset(number % 7 for number in _numbers(4, week_parts, 0, 7, DAYS)),
        last_day=last_day,
        nth=nth,
        any_day=day.startswith("*"),
        any_weekday=weekday.startswith("*"),
        wandering=hour.startswith("*"),
    )


def _without(parts: list[str], word: str) -> tuple[list[str], bool]:
    return [part for part in parts if part != word], word in parts


def _nth(parts: list[str]) -> tuple[list[str], frozenset[tuple[int, int]]]:
    plain, nth = [], set()
    for part in parts:
        if (ordinal := ORDINAL.match(part)) is not None:
            nth.add((_value(4, ordinal[1], 0, 7, DAYS) % 7, int(ordinal[2])))
        elif (last := LAST.match(part)) is not None:
            nth.add((_value(4, last[1], 0, 7, DAYS) % 7, -1))
        else:
            plain.append(part)
    return plain, frozenset(nth)


def _numbers(position: int, parts: list[str], least: int, most: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in parts:
        match = PART.match(part)
        if match is None:
            raise CronError(position, f"{part!r} is no number, range or step")
        star, first, last, step = match.groups()
        low = least if star else _value(position, first, least, most, names)
        high = most if star or (step and not last) else low
        high = _value(position, last, least, most, names) if last else high
        if high < low:
            raise CronError(position, f"{part!r} runs backwards")
        if step is not None and int(step) == 0:
            raise CronError(position, "a step is at least 1")
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def _value(position: int, text: str, least: int, most: int, names: dict[str, int]) -> int:
    value = names.get(text[:3]) if text[:3].isalpha() and len(text) >= 3 else None
    if value is None:
        if not text.isdigit() or len(text) > 3:
            raise CronError(position, f"{text!r} is no number")
        value = int(text)
    if not least <= value <= most:
        raise CronError(position, f"{text} is not in {least} to {most}")
    return value
