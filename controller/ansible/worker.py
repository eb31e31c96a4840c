"""One run of Ansible, in a process of its own: ansible-runner takes over signals and forks, which a server may not.

Standard input brings one line of JSON, the order, and then stays open: once it ends, or brings "stop", Ansible is asked
to end and, if it does not, killed with all that it started. Standard output is a line of JSON for each event. Imports
nothing of ours, so that it starts fast.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible_runner
import ansible_runner.runner

GRACE_S = 3.0
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2)
RESULT_BYTES = 256 * 1024  # of one task's result that are told
TEXT_BYTES = 64 * 1024  # of its words on the screen
KEPT = (
    "play", "play_uuid", "play_pattern", "task", "task_uuid", "task_action", "task_path", "role", "host",
    "remote_addr", "res", "start", "end", "duration", "ignore_errors", "event_loop", "is_conditional", "name",
    "changed", "dark", "failures", "ignored", "ok", "processed", "rescued", "skipped", "playbook", "uuid",
)  # fmt: skip


class Stop:
    """Set once; ends Ansible from then on."""

    def __init__(self) -> None:
        self.wanted = threading.Event()

    def watch(self) -> None:
        """Wait for the end of standard input or a word on it, in a thread of its own."""
        while True:
            line = sys.stdin.readline()
            if not line or line.strip() == "stop":
                break
        self.now()

    def now(self) -> None:
        """Ask Ansible to end, which it does by ending its workers; kill what is left after a while."""
        if self.wanted.is_set():
            return
        self.wanted.set()
        for pid in _children(os.getpid()):
            _kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline and _descendants(os.getpid()):
            time.sleep(0.02)
        _end_descendants()


def main() -> int:
    """Run what is ordered; the status is Ansible's own, 254 when it was ended."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace", buffering=1)
    os.dup2(2, 1)  # what anything else prints is not taken for an event
    order = json.loads(sys.stdin.readline())
    stop = Stop()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop.now, daemon=True).start())
    threading.Thread(target=stop.watch, daemon=True).start()
    # The runner would kill Ansible's process group alone, which its workers have left; `stop` ends them all
    ansible_runner.runner.Runner.handle_termination = classmethod(lambda *_, **__: None)
    status, code = _run(order, stop, lambda told: _say(out, told))
    _end_descendants()
    _say(out, {"event": "end", "status": "canceled" if stop.wanted.is_set() else status, "rc": code})
    return code


def _run(order: dict[str, Any], stop: Stop, say: Callable[[dict[str, Any]], None]) -> tuple[str, int]:
    def event(data: dict[str, Any]) -> bool:
        say(slim(data))
        return False  # writes no file for it

    found = ansible_runner.run(
        private_data_dir=order["folder"],
        project_dir=order["project"],
        playbook=order["playbook"],
        inventory=order["inventory"],
        cmdline=order["cmdline"],
        verbosity=order["verbosity"] or None,
        passwords=None,
        quiet=True,
        settings={
            "pexpect_timeout": 1,
            "suppress_output_file": True,
            "suppress_ansible_output": True,
            "pexpect_use_poll": True,
        },
        suppress_env_files=True,
        event_handler=event,
        cancel_callback=stop.wanted.is_set,
    )
    return str(found.status), int(found.rc if found.rc is not None else 254)


def slim(data: dict[str, Any]) -> dict[str, Any]:
    """What of an event is told, within its size."""
    detail = {name: value for name, value in data.get("event_data", {}).items() if name in KEPT}
    if "res" in detail and len(json.dumps(detail["res"], default=str)) > RESULT_BYTES:
        detail["res"] = _cut(detail["res"])
    return {
        "event": data.get("event", ""),
        "created": data.get("created", ""),
        "counter": data.get("counter", 0),
        "stdout": str(data.get("stdout", ""))[:TEXT_BYTES],
        "event_data": detail,
    }


def _cut(result: Any) -> Any:
    """The parts of a result that are small, and the beginning of texts."""
    if not isinstance(result, dict):
        return {"_moorline_cut": True}
    kept: dict[str, Any] = {"_moorline_cut": True}
    room = RESULT_BYTES
    for name, value in sorted(result.items(), key=lambda item: len(json.dumps(item[1], default=str))):
        size = len(json.dumps(value, default=str))
        if size <= room // 2:
            kept[name] = value
            room -= size
        elif isinstance(value, str):
            kept[name] = value[: room // 4] + "…"
            room -= room // 4
    return kept


def _say(out: Any, told: dict[str, Any]) -> None:
    try:
        out.write(json.dumps(told, default=str) + "\n")
    except OSError:
        os.kill(os.getpid(), signal.SIGTERM)  # nobody listens any more


def _children(parent: int) -> list[int]:
    return [pid for pid, above in _parents() if above == parent]


def _descendants(top: int) -> list[int]:
    below: dict[int, list[int]] = {}
    for pid, parent in _parents():
        below.setdefault(parent, []).append(pid)
    found, queue = [], [top]
    while queue:
        children = below.get(queue.pop(), [])
        found += children
        queue += children
    return found


def _parents() -> list[tuple[int, int]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if fields[0] != "Z":
                    found.append((int(entry.name), int(fields[1])))
    return found


def _end_descendants() -> None:
    """Kill everything below this process: orphans of it are its children, too."""
    deadline = time.monotonic() + GRACE_S  # another user's, by sudo, cannot be ended from here
    while (left := _descendants(os.getpid())) and time.monotonic() < deadline:
        for pid in left:
            _kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main())
