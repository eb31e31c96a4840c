"""Machines as collectors see them: trees of files and transcripts of commands in tests/fixtures/collectors.

A machine's folder holds what it shows under /proc, /sys, /etc and /run, its `commands` (a transcript: "$ words" and
what they say), `later` (what of it is different a second later), and in `said` what each collector's script answers.

usage: python -m tests.support.machines COLLECTOR…: writes what their scripts say, for somebody to read and commit
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from collectors import registry
from collectors.spec import Collector, File, Reading
from controller.metrics.rates import Baseline

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures/collectors"
# each of them shows what every collector reads
MACHINES = ("debian-12", "ubuntu-24.04", "alma-9", "alpine", "debian-lxc", "openvz-6")
COLLECTORS = registry.load()
WAY = ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"  # which scripts add to what they are given
ROOTED = re.compile(r"(?<![\w}^])/(?:proc|sys|etc|run|var/run|usr/lib/os-release|[.]dockerenv)\b")
CALLED = re.compile(r"(?<![\w/.-])(?:date|df|ifconfig|ip|sleep|stat|uname)(?= [-+\"0-9])")
SOUGHT = re.compile(r"command -v ([\w-]+)")
TOOLS = (
    *("awk", "cat", "cut", "date", "df", "grep", "readlink", "sed"),
    *("sh", "sleep", "stat", "timeout", "tr", "true", "uname"),
)
AWKS = {
    "mawk": ["mawk"],
    "gawk": ["gawk"],
    "busybox": ["busybox", "awk"],
    "original-awk": ["original-awk"],
}
STUB = r"""#!/bin/sh
said=; status=127; words=${0##*/}
for word in "$@"; do words="$words ${word#"$MACHINE"}"; done
case $words in
  'sleep 1') [ ! -d "$MACHINE/later" ] || /bin/cp -R "$MACHINE/later/." "$MACHINE/"; exit 0 ;;
  'sleep '*) exec /bin/sleep "$1" ;;
esac
while IFS= read -r line; do
  case $line in
    "\$ $words") said=1; status=0 ;;
    '$ '*) said= ;;
    '! hang') [ -z "$said" ] || exec /bin/sleep 60 ;;
    '! fail') [ -z "$said" ] || status=1 ;;
    *) [ -z "$said" ] || printf '%s\n' "$line" ;;
  esac
done <"$MACHINE/commands"
exit $status
"""


def kept(file: File, content: bytes) -> bytes:
    """What the reader sends of a file: the lines of which the word is as wanted."""
    if not file.keep:
        return content
    found = []
    for line in content.splitlines():
        words = line.split(b" ") if file.word == 1 else line.split()
        word = words[file.word - 1] if len(words) >= file.word else b""
        if re.search(file.keep, word.decode()):
            found.append(line + b"\n")
    return b"".join(found)


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine's folder."""

    name: str

    @property
    def path(self) -> Path:
        """Where its files are."""
        return FIXTURES / self.name

    def file(self, path: str) -> bytes | None:
        """A file's content, None where the machine has none."""
        place = self.path / path.lstrip("/")
        return place.read_bytes() if place.is_file() else None

    def answer(self, files: Iterable[File]) -> dict[str, bytes | None]:
        """What the reader answers, asked for these files."""
        contents: dict[str, bytes | None] = {}
        for file in files:
            there = not file.after or contents.get(file.after) is not None
            content = self.file(file.path) if there else None
            contents[file.path] = None if content is None else kept(file, content)
        return contents

    def contents(self, collector: Collector) -> dict[str, bytes | None]:
        """What this collector gets to parse there."""
        if collector.files:
            return self.answer(collector.files)
        return {"": self.file(f"said/{collector.name}")}

    def read(self, name: str) -> Reading:
        """What the collector of that name makes of this machine."""
        return COLLECTORS[name].parse(self.contents(COLLECTORS[name]))


def read(name: str, text: str | bytes, path: str = "") -> Reading:
    """What the collector of that name makes of one file's content, or of its script's answer."""
    content = text if isinstance(text, bytes) else text.encode()
    collector = COLLECTORS[name]
    file = next((file for file in collector.files if not path or file.path == path), None)
    return collector.parse({"": content} if file is None else {file.path: kept(file, content)})


def values(name: str, *readings: Reading, seconds: float = 10.0) -> dict[tuple[str, str], float | None]:
    """The values of the last of successive readings, by metric and instance, as they are stored."""
    baseline = Baseline(COLLECTORS[name].tables, COLLECTORS[name].cadence)
    found: dict[tuple[str, str], float | None] = {}
    for n, reading in enumerate(readings):
        row = baseline.advance(reading, "boot", 100 + seconds * n, 1000 + seconds * n)
        found = dict(zip(baseline.layout.series, row, strict=True))
    return found


def relocated(script: str, root: Path) -> str:
    """The script with another root for what it reads, and without the machine's own programs.

    BusyBox takes its own programs first, wherever PATH leads: those of the transcript are called by their path, and
    what is not in it is looked for under another name.
    """
    stubs = root.parent / "stubs"
    moved = ROOTED.sub(lambda match: f"{root}{match[0]}", script.replace(WAY, ""))
    moved = CALLED.sub(lambda call: str(stubs / call[0]) if (stubs / call[0]).exists() else call[0], moved)
    return SOUGHT.sub(
        lambda sought: sought[0] if (stubs / sought[1]).exists() else f"{sought[0]}-that-is-not-here", moved
    )


@lru_cache
def shells() -> dict[str, list[str]]:
    """The POSIX shells that this machine has, by name."""
    known = {"dash": ["dash"], "busybox": ["busybox", "ash"], "bash": ["bash", "--posix"]}
    return {name: words for name, words in known.items() if shutil.which(words[0])}


@lru_cache
def awks() -> dict[str, list[str]]:
    """The awks that this machine has, by name."""
    return {name: words for name, words in AWKS.items() if shutil.which(words[0])}


def make_toolbox(folder: Path, awk: str, *, busybox: bool = False, without: Sequence[str] = ()) -> Path:
    """A folder of programs: the machine's own with that awk, or busybox's alone."""
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which("busybox" if busybox else tool)
        if tool == "awk":
            found = shutil.which(AWKS[awk][0])
        if found and tool not in without:
            (folder / tool).symlink_to(found)
    return folder


def copy(machine: Machine, folder: Path) -> Path:
    """The machine's tree in a folder of its own, with programs that answer from its transcript in `folder`/stubs."""
    root = folder / machine.name
    shutil.copytree(machine.path, root, symlinks=True)
    stubs = folder / "stubs"
    stubs.mkdir()
    stub = stubs / ".stub"
    stub.write_text(STUB)
    stub.chmod(0o755)
    transcript = (root / "commands").read_text() if (root / "commands").exists() else ""
    for name in {"sleep", *re.findall(r"^\$ (\S+)", transcript, re.MULTILINE)}:
        (stubs / name).hardlink_to(stub)
    return root


def run(
    script: str, shell: Sequence[str], root: Path, toolbox: Path, *, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a collector's script over a copied machine."""
    way = f"{root.parent / 'stubs'}:{toolbox}"
    words = [str(shutil.which(shell[0])), *shell[1:], "-s"]
    return subprocess.run(
        words,
        input=relocated(script, root).encode(),
        capture_output=True,
        env={"PATH": way, "MACHINE": str(root), **(env or {})},
        timeout=40,
        check=False,
    )


def main(names: Sequence[str]) -> None:
    """Write what these collectors' scripts say on every machine, to be read with care before it is committed."""
    for name in names:
        for machine in MACHINES:
            with tempfile.TemporaryDirectory() as folder:
                root = copy(Machine(machine), Path(folder))
                tools = make_toolbox(Path(folder) / "tools", "mawk")
                said = run(COLLECTORS[name].script, shells()["dash"], root, tools).stdout
            path = FIXTURES / machine / "said" / name
            if not path.exists() or sorted(path.read_bytes().splitlines()) != sorted(said.splitlines()):
                path.write_bytes(said)


if __name__ == "__main__":
    main(sys.argv[1:])
