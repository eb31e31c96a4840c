"""Is a playbook right? Ansible's own syntax check, and ansible-lint where it is installed."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from msgspec import Struct

from controller.ansible import orders
from controller.library import programs

SYNTAX_S = 60.0
LINT_S = 120.0
MOST = 200  # findings that are told


class Finding(Struct, frozen=True):
    """Something to look at. `severity`: error or warning; `line`: from 1, 0 when it is the whole file's."""

    severity: str
    line: int
    rule: str
    message: str


class CheckResult(Struct, frozen=True):
    """`syntax_ok`: Ansible can read it. `linted`: whether ansible-lint is there and has looked."""

    syntax_ok: bool
    linted: bool
    findings: list[Finding]


async def check(text: str) -> CheckResult:
    """Check a playbook's text in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="moorline-check-") as name:
        folder = Path(name)
        for inner in ("home", "tmp"):
            (folder / inner).mkdir(mode=0o700)
        file = folder / "playbook.yml"
        file.write_text(text, encoding="utf-8", errors="replace")
        (folder / "ansible.cfg").write_text("[defaults]\n")
        environment = orders.bounded(folder) | {
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_ROLES_PATH": str(orders.LIBRARY / "roles"),
        }
        findings = await _syntax(file, environment)
        linted = not findings and _program("ansible-lint") is not None
        if linted:
            findings = await _lint(file, environment)
        return CheckResult(not any(one.rule == "syntax" for one in findings), linted, findings[:MOST])


async def _syntax(file: Path, environment: dict[str, str]) -> list[Finding]:
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    words = [program, "--syntax-check", "-i", "localhost,", file.name]
    done = await programs.run(words, environment, file.parent, SYNTAX_S)
    if done.status == 0:
        return []
    if done.status is None:
        return [Finding("error", 0, "syntax", "Ansible did not come to an end with it.")]
    said = done.said.replace(f"{file.parent}/", "")
    return [Finding("error", _line(said), "syntax", said[-2000:])]


def _line(said: str) -> int:
    """Where Ansible points: "playbook.yml:12:3" (Origin), or "line 12"."""
    for sign in ("playbook.yml:", "line "):
        rest = said.partition(sign)[2]
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        if digits:
            return int(digits)
    return 0


async def _lint(file: Path, environment: dict[str, str]) -> list[Finding]:
    program = _program("ansible-lint")
    words = [str(program), "--offline", "--nocolor", "-q", "--format", "json", file.name]
    done = await programs.run(words, environment, file.parent, LINT_S)
    begin = max(done.said.find("[{"), 0)  # warnings of its own may stand before the list
    try:
        found, _ = json.JSONDecoder().raw_decode(done.said[begin:])
    except ValueError:
        return []
    return [
        Finding(
            "error" if one.get("severity") in {"major", "critical", "blocker"} else "warning",
            _begin(one),
            str(one.get("check_name", ""))[:100],
            str(one.get("description", ""))[:500],
        )
        for one in found
        if isinstance(one, dict)
    ]


def _begin(one: dict[str, object]) -> int:
    place = one.get("location")
    lines = place.get("lines", place.get("positions", {})) if isinstance(place, dict) else {}
    begin = lines.get("begin", 0) if isinstance(lines, dict) else 0
    begin = begin.get("line", 0) if isinstance(begin, dict) else begin
    return begin if isinstance(begin, int) else 0


def _program(name: str) -> str | None:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)
