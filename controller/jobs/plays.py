"""From Ansible's events to a job's grid: host × task, output, figures, and how each host came out."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from controller.ansible.runs import Outcome
from controller.jobs.kind import Report, TaskEvent
from controller.jobs.states import HostState

DIFF_BYTES = 64 * 1024
ENDS = {
    "runner_on_ok": "ok",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
    "runner_on_skipped": "skipped",
}
NO_PYTHON = (
    "This host needs Python 3.8 or newer for Ansible's modules. Install it by a first set-up or a script, or run a "
    "playbook of raw tasks there."
)
NEEDS_PYTHON = "needs Python 3.8 or newer"  # in the words of the line above and of the library's role `ready`
# the words of sh, bash, tcsh, busybox and dash; of zsh and fish
ABSENT = re.compile(
    r"\b(sudo|su|doas): (?:command )?not found|(?:command not found|unknown command): (sudo|su|doas)\b", re.IGNORECASE
)
NOT_RUN = {126, 127}  # a shell's status for a command that is not there, or is no program
# what Ansible says where the reason is in what the task wrote
EMPTY_WORDS = re.compile(r"non-zero return code|module failure|module result deserialization failed", re.IGNORECASE)
NOTE_CHARS = 1000
LINE_CHARS = 300
KILLED = "Ansible was killed while it ran here; what it had begun was ended."


class Grid:
    """Hears one run. `ids`: host id by the host's name in Ansible."""

    def __init__(self, report: Report, ids: Mapping[str, int]) -> None:
        self._report = report
        self._ids = ids
        self._play = ""
        self._steps: dict[str, int] = {}
        self._begun: dict[tuple[str, int], datetime] = {}
        self._notes: dict[int, str] = {}
        self._took: dict[str, float] = {}
        self._figures: dict[str, Any] | None = None
        self._said: list[str] = []

    def hear(self, told: dict[str, Any]) -> None:
        """One event, see `ansible.worker.slim`."""
        kind, detail = told["event"], told["event_data"]
        if kind == "playbook_on_play_start":
            self._play = str(detail.get("name") or detail.get("play") or "")
        elif kind == "playbook_on_stats":
            self._figures = detail
        elif kind == "runner_on_start":
            self._step(detail, "running", told)
        elif kind in ENDS:
            self._ended(ENDS[kind], told)
        self._output(told)

    def finish(self, outcome: Outcome) -> bool:
        """Say of every host how it came out; false when Ansible never came to run a play."""
        if self._figures is None and outcome.status != "lost":
            return False
        for name, host_id in self._ids.items():
            state = self._state(name) if self._figures is not None else HostState.FAILED
            note = self._notes.get(host_id, "") if self._figures is not None else KILLED
            self._report.host_ended(host_id, state, note=note, may_still_run=host_id in outcome.may_still_run)
        slowest = sorted(self._took.items(), key=lambda item: -item[1])[:20]
        self._report.stats({"slowest_tasks": [{"task": task, "seconds": round(s, 3)} for task, s in slowest]})
        needing = [host_id for host_id, note in self._notes.items() if NEEDS_PYTHON in note]
        if needing:
            self._report.stats({"needs_python": needing})
        if self._figures is not None:
            kinds = ("ok", "changed", "dark", "failures", "skipped", "rescued", "ignored")
            self._report.stats({"hosts": {kind: self._figures.get(kind, {}) for kind in kinds}})
        return True

    @property
    def last_words(self) -> str:
        """The end of what Ansible said when it ran no play."""
        return "\n".join(self._said)[-1500:].strip()

    def _state(self, name: str) -> HostState:
        figures = self._figures or {}
        for kind, state in (
            ("dark", HostState.UNREACHABLE),
            ("failures", HostState.FAILED),
            ("changed", HostState.CHANGED),
            ("ok", HostState.OK),
        ):
            if figures.get(kind, {}).get(name):
                return state
        return HostState.SKIPPED

    def _ended(self, state: str, told: dict[str, Any]) -> None:
        detail = told["event_data"]
        result = detail.get("res") if isinstance(detail.get("res"), dict) else {}
        if state == "ok" and result.get("changed"):
            state = "changed"
        host_id = self._ids.get(str(detail.get("host")))
        if host_id is not None and state in {"failed", "unreachable"} and not detail.get("ignore_errors"):
            self._notes[host_id] = _reason(result)
        if isinstance(detail.get("duration"), int | float):
            task = str(detail.get("task", ""))
            self._took[task] = self._took.get(task, 0.0) + float(detail["duration"])
        self._step(detail, state, told, result)

    def _step(
        self, detail: Mapping[str, Any], state: str, told: Mapping[str, Any], result: Mapping[str, Any] | None = None
    ) -> None:
        host_id = self._ids.get(str(detail.get("host")))
        step = str(detail.get("task_uuid", ""))
        if host_id is None or not step:
            return
        moment = _moment(told.get("created"))
        if state == "running" and moment is not None:
            self._begun[step, host_id] = moment
        self._report.event(
            TaskEvent(
                host_id,
                step,
                self._steps.setdefault(step, len(self._steps)),
                str(detail.get("task", "")),
                state,
                play=self._play,
                action=str(detail.get("task_action", "")),
                started_at=self._begun.get((step, host_id)),
                ended_at=None if state == "running" else moment,
                result={} if result is None else _shown(result),
                diff="" if result is None else diff(result),
            )
        )

    def _output(self, told: Mapping[str, Any]) -> None:
        """What Ansible shows on a terminal, the host's own lines with the host."""
        text = str(told.get("stdout", ""))
        if not text:
            return
        host_id = self._ids.get(str(told["event_data"].get("host")))
        line = (text.replace("\r\n", "\n").rstrip("\n") + "\n").encode("utf-8", "replace")
        self._report.output(host_id, line)
        if self._figures is None and not self._steps:
            self._said.append(text)
            del self._said[:-50]


def diff(result: Mapping[str, Any]) -> str:
    """The differences in a result and in its items, as a unified diff."""
    found = [*_diffs(result.get("diff"))]
    for item in result.get("results") or ():
        if isinstance(item, dict):
            found += _diffs(item.get("diff"))
    return "\n".join(found)[:DIFF_BYTES]


def _diffs(given: Any) -> Iterator[str]:
    for one in given if isinstance(given, list) else [given]:
        if not isinstance(one, dict):
            continue
        if one.get("prepared"):
            yield str(one["prepared"])
        elif "before" in one or "after" in one:
            before, after = (_lines(one.get(side)) for side in ("before", "after"))
            names = (str(one.get("before_header") or "before"), str(one.get("after_header") or "after"))
            yield "\n".join(difflib.unified_diff(before, after, *names, lineterm=""))


def _lines(value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True, default=str)
    return text[:DIFF_BYTES].splitlines()[:2000]


def _shown(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in {"diff", "ansible_facts"}}


def _reason(result: Mapping[str, Any]) -> str:
    """Why a task failed on a host, as that host's note."""
    words = json.dumps(result, default=str)[:20_000].lower()  # gathering facts nests what its modules said
    if result.get("rc", 127) in NOT_RUN or "failed_modules" in result:
        if found := ABSENT.search(words):
            program = found[1] or found[2]
            return (
                f"There is no {program} on this host, and this needs it to become root. Log in there as root, or "
                f"install {program}, and run it again."
            )
        absent = "not found" in words or "no such file" in words or "no python" in words or "not executable" in words
        if "python" in words and absent:
            return NO_PYTHON
    return _telling(result) or "It failed; see its result."


def _telling(result: Mapping[str, Any]) -> str:
    """What it says of itself; where that is no more than that it failed, what it wrote to its standard error."""
    message = str(result.get("msg") or "").strip()
    if message and not EMPTY_WORDS.search(message.splitlines()[0]):
        return message[:NOTE_CHARS]
    for name in ("stderr", "module_stderr", "stdout", "module_stdout"):
        for line in map(str.strip, str(result.get(name) or "").splitlines()):
            if any(map(str.isalnum, line)):
                status = f" (status {result['rc']})" if isinstance(result.get("rc"), int) else ""
                return f"{line[:LINE_CHARS]}{status}"
    return message[:NOTE_CHARS]


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
