"""The reader: one awk program that runs on a host for as long as its line, and the talk with it.

The login shell is asked for nothing but to become /bin/sh, in words that sh, bash, ash, csh and fish take alike. sh
takes the awk program from standard input, so that no quoting of ours depends on a shell and nothing touches the host's
disk. Then each request is one line and each answer one write:

    request   MARKER <tab> NUMBER { <tab> PATH <tab> KEEP }
    answer    MARKER <space> NUMBER, then for each file MARKER+ and its lines or MARKER- when it cannot be read, then
    MARKER.

The marker is made anew for each session and travels on standard input, never in an argument list: what stands before
it, such as the noise of rc files, is nobody's answer. The end of standard input ends the program at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.spec import File

LIMIT_BYTES = 1 << 20

# mawk reads a pipe in blocks unless told otherwise; the other awks do not know the option
_SHELL = (
    'LC_ALL=C PATH="$PATH:/usr/sbin:/usr/bin:/sbin:/bin"; export LC_ALL PATH; IFS= read -r p || exit 0; '
    'if command -v mawk >/dev/null 2>&1; then exec mawk -W interactive "$p"; fi; '
    'for a in gawk awk; do if command -v $a >/dev/null 2>&1; then exec $a "$p"; fi; done; '
    'exec busybox awk "$p"'
)
_PROGRAM = (
    'BEGIN{FS="\\t";ORS=""}'
    '{m=$1;o=m" "$2"\\n";'
    "for(i=3;i<NF;i+=2){p=$i;k=$(i+1);r=(getline l<p);"
    'if(r<0){o=o m"-\\n";close(p);continue}'
    'o=o m"+\\n";while(r>0){if(k==""||l~k)o=o l"\\n";r=(getline l<p)}close(p)}'
    'print o m".\\n";fflush()}'
)


class ReaderError(Exception):
    """The host's answer is none: too long, or not in the form that was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to request `number`: path → content, None where the file cannot be read."""

    number: int
    contents: dict[str, bytes | None]


def command() -> str:
    """What to run on the host, whatever its login shell."""
    return f"exec /bin/sh -c '{_SHELL}'"


def opening() -> bytes:
    """What to write first, before any request."""
    return _PROGRAM.encode() + b"\n"


class Talk:
    """One session with one reader: makes requests for `files` and takes answers apart.

    `marker` is an unguessable word of letters and digits. Memory stays under `limit_bytes` whatever the host sends.
    """

    __slots__ = ("_end", "_head", "_limit_bytes", "_marker", "_paths", "_rest", "_tail")

    def __init__(self, marker: str, files: Sequence[File], limit_bytes: int = LIMIT_BYTES) -> None:
        self._marker = marker.encode()
        self._end = self._marker + b".\n"
        self._head = self._marker + b"\t"
        self._tail = "".join(f"\t{file.path}\t{file.keep}" for file in files).encode() + b"\n"
        self._paths = [file.path for file in files]
        self._limit_bytes = limit_bytes
        self._rest = b""

    def request(self, number: int) -> bytes:
        """The line that asks for all files."""
        return b"%b%d%b" % (self._head, number, self._tail)

    def feed(self, data: bytes) -> list[Answer]:
        """Take what arrived; the answers that are whole now. Raises ReaderError."""
        if self._rest:
            data = self._rest + data
        *blocks, rest = data.split(self._end)
        if rest:
            rest = self._hold(rest)
        self._rest = rest
        return [self._read(block) for block in blocks]

    def _hold(self, rest: bytes) -> bytes:
        """What may still become an answer."""
        start = rest.find(self._marker)
        if start < 0:
            return rest[-len(self._marker) :]
        if len(rest) - start > self._limit_bytes:
            raise ReaderError(
                f"the answer is longer than {self._limit_bytes} bytes; this host does not answer honestly"
            )
        return rest[start:]

    def _read(self, block: bytes) -> Answer:
        if len(block) > self._limit_bytes + len(self._marker):
            raise ReaderError(
                f"the answer is longer than {self._limit_bytes} bytes; this host does not answer honestly"
            )
        _, *parts = block.split(self._marker)
        if len(parts) != len(self._paths) + 1:
            raise ReaderError("the answer holds another number of files than was asked for")
        head = parts[0]
        if not head[1:-1].isdigit() or len(head) > 20:
            raise ReaderError("the answer has no number")
        contents: dict[str, bytes | None] = {}
        for path, part in zip(self._paths, parts[1:], strict=True):
            contents[path] = part[2:] if part[:1] == b"+" else None
        return Answer(int(head), contents)
