"""Words for notices: subject, text and HTML, in either language, from templates in a sandbox.

What hosts and users are called is data: it is put in by the templates and never read as one, and HTML is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import FileSystemLoader, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from controller.notify.news import OF_HOSTS, News

FOLDER = Path(__file__).resolve().parent / "templates"
LANGUAGES = ("en", "zh-CN")
MOST_LINES = 200  # of hosts in one message


@dataclass(frozen=True, slots=True)
class Item:
    """One notice as a template sees it. `name`: the host's or the job's."""

    kind: News
    name: str
    at: datetime
    detail: dict[str, object]
    path: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in words."""

    subject: str
    text: str
    html: str


def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = _moment
    made.filters["span"] = _span
    return made


def write(items: Sequence[Item], *, language: str, zone: str, base_url: str) -> Letter:
    """The message that tells `items` (at least one; all of hosts, or one of a job)."""
    of_hosts = items[0].kind in OF_HOSTS
    shown = summarise(items) if of_hosts else list(items)
    values = {
        "items": shown[:MOST_LINES],
        "more": max(0, len(shown) - MOST_LINES),
        "down": [item for item in shown if item.kind is News.HOST_DOWN],
        "up": [item for item in shown if item.kind is News.HOST_UP],
        "needs": [item for item in shown if item.kind is News.HOST_NEEDS_YOU],
        "first": shown[0],
        "zone": zone_of(zone),
        "base_url": base_url,
    }
    return _letter("hosts" if of_hosts else "job", language, values)


def test_letter(*, language: str, channel: str, at: datetime, zone: str, base_url: str) -> Letter:
    """The message that shows that a channel works."""
    values = {"channel": channel, "at": at, "zone": zone_of(zone), "base_url": base_url}
    return _letter("test", language, values)


def confirm_letter(*, language: str, username: str, link: str, until: datetime, zone: str, base_url: str) -> Letter:
    """The message with the link by which a user's own address is confirmed."""
    values = {"username": username, "link": link, "until": until, "zone": zone_of(zone), "base_url": base_url}
    return _letter("confirm", language, values)


def summarise(items: Sequence[Item]) -> list[Item]:
    """One line a host: its last news, with how often it changed; what is wrong now stands first."""
    last: dict[str, Item] = {}
    changes: dict[str, int] = {}
    for item in items:
        key = item.path or item.name
        changes[key] = changes.get(key, 0) + 1
        last[key] = item
    order = {News.HOST_NEEDS_YOU: 0, News.HOST_DOWN: 1, News.HOST_UP: 2}
    found = [
        Item(item.kind, item.name, item.at, {**item.detail, "changes": changes[key]}, item.path)
        for key, item in last.items()
    ]
    return sorted(found, key=lambda item: (order[item.kind], item.name.lower()))


def zone_of(name: str) -> ZoneInfo:
    """The zone of that IANA name; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _letter(name: str, language: str, values: Mapping[str, object]) -> Letter:
    folder = language if language in LANGUAGES else LANGUAGES[0]
    subject, text, html = (
        ENVIRONMENT.get_template(f"{folder}/{name}.{part}").render(values) for part in ("subject.txt", "txt", "html")
    )
    return Letter(" ".join(subject.split()), text, html)


def _moment(at: datetime | float, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else at
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    words = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(words[:2]) or "0 s"


ENVIRONMENT = _environment()
