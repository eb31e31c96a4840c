"""Processes of this machine, by what their command lines hold."""

from __future__ import annotations

from pathlib import Path


def named(word: str, below: int) -> list[int]:
    """Processes below one whose command line holds the word; the oldest first, whatever their numbers: those wrap."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if word.encode() in (entry / "cmdline").read_bytes() and _is_below(int(entry.name), below):
                    found.append((int(_stat(int(entry.name))[19]), int(entry.name)))
            except OSError:
                continue
    return [pid for _, pid in sorted(found)]


def _is_below(pid: int, top: int) -> bool:
    while pid > 1:
        if pid == top:
            return True
        pid = int(_stat(pid)[1])
    return False


def _stat(pid: int) -> list[str]:
    """Its state, parent, … start time (proc(5)): what stands behind its name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
