"""Control groups of a host's own: an engine or a service manager is not to touch those of the machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PREFIX = "moorline-lab-"
END_S = 5.0


def hierarchies() -> list[Path]:
    """Where this machine's control groups are mounted: one place for each v1 controller, one for v2."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place, _, kind = line.partition(" - ")
        if kind.split()[0] in {"cgroup", "cgroup2"}:
            found.append(Path(place.split()[4]))
    return found


def make(name: str) -> list[Path]:
    """A group of that name in every hierarchy, for one host; empty ones of the same name are fine."""
    made = []
    for place in hierarchies():
        group = place / f"{PREFIX}{name}"
        group.mkdir(exist_ok=True)
        for inherited in ("cpuset.cpus", "cpuset.mems"):  # a v1 cpuset takes nobody until it has some of each
            if (place / inherited).exists() and not (group / "cgroup.controllers").exists():
                (group / inherited).write_text((place / inherited).read_text())
        made.append(group / "cgroup.procs")
    return made


def remove(name: str) -> None:
    """Take a host's groups away, with what it made below them; its processes end meanwhile."""
    for place in hierarchies():
        _remove(place / f"{PREFIX}{name}")


def sweep(lab: str) -> None:
    """Take away the groups of all hosts of a lab that is no more."""
    for place in hierarchies():
        for group in place.glob(f"{PREFIX}{lab}-*"):
            _remove(group)


def _remove(group: Path) -> None:
    deadline = time.monotonic() + END_S
    while group.is_dir() and time.monotonic() < deadline:
        for folder in [*_below(group), group]:
            with suppress(OSError):  # somebody is still in there
                folder.rmdir()
        if group.is_dir():
            time.sleep(0.02)


def _below(group: Path) -> Iterator[Path]:
    """Groups below that one, the deepest first."""
    with suppress(OSError):
        for folder in group.iterdir():
            if folder.is_dir():
                yield from _below(folder)
                yield folder
