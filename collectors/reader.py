"""The reader: one awk program that runs on a host for as long as its line, and the talk with it.

The login shell, whichever it is, is asked for nothing but to become /bin/sh: both arguments stand in single quotes and
hold nothing that sh, csh or fish would read differently there (no quote, backslash pair, exclamation mark or line
break). sh finds an awk and becomes it. Nothing touches the host's disk. Then each request is one line of standard
input and each answer one write:

    request   MARKER <tab> NUMBER { <tab> PATH <tab> KEEP <tab> WORD <tab> AFTER }
    answer    MARKER "=" NUMBER <newline>
              for each file: MARKER "+" PATH <newline> and its lines, or MARKER "-" PATH <newline> without any
              MARKER "." <newline>

The marker is made anew for each session and travels on standard input, never in an argument list: what stands before
it, such as the noise of rc files, is nobody's answer. The end of standard input ends the program at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from collectors.spec import File

LIMIT_BYTES = 1 << 20
DIGITS = 18  # of a request's number

# mawk, the quickest, reads a pipe in blocks unless told otherwise; the other awks do not know the option. A login
# without a profile may have no path to speak of.
_SHELL = (
    'LC_ALL=C; PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"; export LC_ALL PATH; '
    'if command -v mawk >/dev/null 2>&1; then exec mawk -W interactive "$1"; fi; '
    'for a in awk gawk original-awk nawk; do if command -v $a >/dev/null 2>&1; then exec $a "$1"; fi; done; '
    'exec busybox awk "$1"'
)
# Some awks compile a pattern that comes as a string for each line anew, so what it said of a word is remembered in g.
_PROGRAM = (
    "function kept(l,k,n,c){"
    'if(n==1)c=substr(l,1,index(l" "," ")-1);else{split(l,w," ");c=w[n]}'
    "if((k,c)in g)return g[k,c];"
    'if(++held>4000){split("",g);held=1}'
    "return g[k,c]=(c~k)}"
    'BEGIN{FS="\\t";ORS=""}'
    '{m=$1;o=m"="$2"\\n";for(p in s)delete s[p];'
    "for(i=3;i+3<=NF;i+=4){p=$i;k=$(i+1);n=$(i+2);"
    'r=($(i+3)==""||$(i+3)in s)?(getline l<p):-1;'
    'if(r<0){o=o m"-"p"\\n";close(p);continue}'
    's[p];t=m"+"p"\\n";'
    'while(r>0){if(k==""||kept(l,k,n))t=t l"\\n";r=(getline l<p)}'
    "close(p);o=o t}"
    'print o m".\\n";fflush()}'
)


class ReaderError(Exception):
    """The host's answer is none: too long, or not in the form that was asked for."""


@dataclass(slots=True)
class Answer:
    """The answer to request `number`: path → content, None where the file cannot be read."""

    number: int
    contents: dict[str, bytes | None]


def command() -> str:
    """What to run on the host, whatever its login shell."""
    return f"exec /bin/sh -c '{_SHELL}' moorline '{_PROGRAM}'"


def request(number: int, marker: str, files: tuple[File, ...]) -> bytes:
    """The line that asks for these files. `marker` is an unguessable word of letters and digits."""
    return b"%s\t%d%s" % (marker.encode(), number, _asked(files))


@lru_cache(maxsize=256)
def _text(path: bytes) -> str:
    return path.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def _asked(files: tuple[File, ...]) -> bytes:
    return "".join(f"\t{file.path}\t{file.keep}\t{file.word}\t{file.after}" for file in files).encode() + b"\n"


class Splitter:
    """Takes one reader's answers out of what it sends.

    What comes before the first marker is dropped. Of what follows no more than `limit` bytes are held, whatever the
    host sends.
    """

    __slots__ = ("_end", "_limit", "_marker", "_rest")

    def __init__(self, marker: str, limit: int = LIMIT_BYTES) -> None:
        self._marker = marker.encode()
        self._end = self._marker + b".\n"
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Answer]:
        """Take what arrived; the answers that are whole now.

        Raises ReaderError for an answer over the limit, or one that is not as agreed; the splitter is of no use then.
        """
        if not self._rest and data.endswith(self._end) and data.startswith(self._marker):
            blocks = data.split(self._end)
            del blocks[-1]
        else:
            blocks = self._gather(data)
        return [self._read(block) for block in blocks]

    def _gather(self, data: bytes) -> list[bytes]:
        """Blocks that end in `data`; what may become one is held."""
        rest = self._rest
        searched = max(0, len(rest) - len(self._end))
        rest += data
        cut = rest.rfind(self._end, searched)
        blocks: list[bytes] = []
        if cut >= 0:
            blocks = bytes(rest[:cut]).split(self._end)
            del rest[: cut + len(self._end)]
        if not rest.startswith(self._marker):
            start = rest.find(self._marker)
            del rest[: start if start >= 0 else max(0, len(rest) - len(self._marker) + 1)]
        if len(rest) > self._limit:
            raise ReaderError(f"the answer is longer than {self._limit} bytes")
        return blocks

    def _read(self, block: bytes) -> Answer:
        if len(block) > self._limit:
            start = block.find(self._marker)
            if start < 0 or len(block) - start > self._limit:
                raise ReaderError(f"the answer is longer than {self._limit} bytes")
        _, *parts = block.split(self._marker)
        head = parts[0] if parts else b""
        digits = head[1:-1]
        if head[:1] != b"=" or head[-1:] != b"\n" or not digits.isdigit() or len(digits) > DIGITS:
            raise ReaderError("the answer does not say which request it is for")
        contents: dict[str, bytes | None] = {}
        for part in parts[1:]:
            path, _, content = part.partition(b"\n")
            name = _text(path[1:])
            if path[:1] == b"+":
                contents[name] = content
            elif path[:1] == b"-" and not content:
                contents[name] = None
            else:
                raise ReaderError("the answer is not in the form that was asked for")
        if len(contents) != len(parts) - 1:
            raise ReaderError("the answer holds a file twice")
        return Answer(int(digits), contents)
