"""The program that starts work on a host, and can end all of it: text for a POSIX shell, sent on its standard input.

The work gets a session of its own and a word in its environment (MOORLINE_JOB). What the shell reads next is its order
to end it: the end of its input, whether we close it or the connection breaks. It then ends every process of that
session, or with that word, or descending from one of those: politely, and some seconds later for good. Nothing of the
work is ever an argument but the command itself: answers and secrets stand in the environment, files in a folder of mode
0700 that is removed at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote

from controller.ssh.endings import FINISH

SIGN = b"\x1e"  # begins what the program itself says; what follows is unguessable
PIECE = 1024
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

MAIN = r"""{
M='@MARKER@'
K='@MARK@'
d='' sid=-1 known='' self=''
printf '%s begin\n' "$M"
printf '%s begin\n' "$M" >&2
exec 3<&0 </dev/null
trap : HUP INT QUIT PIPE TERM
@PREPARE@
@MEMBERS@
S=""
{ read -r x </proc/$$/stat; } 2>/dev/null && set -- $x && [ "$6" = $$ ] && sid=$$
if [ $sid = -1 ] && command -v setsid >/dev/null 2>&1; then S=setsid; fi
MOORLINE_JOB=$K $S @RUN@ 3<&- <"${in:-/dev/null}" & w=$!
if [ -n "$S" ]; then sid=$w; fi
trap '' HUP INT QUIT PIPE TERM
( read -r x <&3; finish; exit $? ) </dev/null >/dev/null 2>&1 & c=$!
trap : HUP INT QUIT PIPE TERM
exec 3<&-
while :; do wait $w 2>/dev/null; s=$?; kill -0 $w 2>/dev/null || break; done
kill -s USR1 $c 2>/dev/null; wait $c 2>/dev/null; r=$?
@COLLECT@
[ -z "$d" ] || rm -rf -- "$d"
printf '%s end %s %s\n' "$M" "$s" "$r"
printf '%s end\n' "$M" >&2
exit 0
}
"""
FOLDER = r"""umask 077
d=$(mktemp -d "${TMPDIR:-/tmp}/moorline.XXXXXX") || {
  printf '%s end 126 255\n' "$M"; printf '%s end\n' "$M" >&2; exit 0
}
trap 'rm -rf -- "$d"' EXIT"""
COLLECT = r"""for f in @PATTERNS@; do
  [ -f "$f" ] && [ -r "$f" ] || continue
  head -c @LIMIT@ "$f" > "$d/.moorline.out" || continue
  printf '%s file %s %s\n' "$M" "$(wc -c < "$d/.moorline.out")" "$(wc -c < "$f")"
  printf '%s\0' "$f"
  cat "$d/.moorline.out"
done"""
END_MARKED = r"""{
M='@MARKER@'
K='@MARK@'
d='' sid=-1 known='' self=''
printf '%s begin\n' "$M"
printf '%s begin\n' "$M" >&2
exec 3<&0 </dev/null
@MEMBERS@
set -- $(members); echo $#
finish; r=$?
printf '%s end 0 %s\n' "$M" "$r"
printf '%s end\n' "$M" >&2
exit 0
}
"""


@dataclass(frozen=True, slots=True)
class Payload:
    """What is to be done. `run`: words of a POSIX shell, quoted, in which "$d" is the folder; `files` go into it by
    name with their modes; `collect`: paths, with * and ?, of files to fetch afterwards."""

    run: str
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[bytes, int]] = field(default_factory=dict)
    stdin: bytes | None = None
    collect: Sequence[str] = ()
    collect_bytes: int = 16 << 20
    in_folder: bool = False


def program(marker: bytes, mark: str, payload: Payload) -> bytes:
    """The program that does it."""
    folder = bool(payload.files or payload.stdin is not None or payload.collect or payload.in_folder)
    prepare = [b"unset MOORLINE_JOB in"]
    prepare += [f"export {name}={quote(value)}".encode() for name, value in payload.env.items() if _legal(name)]
    if folder:
        prepare.append(FOLDER.encode())
    files = dict(payload.files)
    if payload.stdin is not None:
        files[".moorline.in"] = (payload.stdin, 0o600)
        prepare.append(b'in="$d/.moorline.in"')
    for name, (data, mode) in files.items():
        prepare += [_write(name, data), f'chmod {mode:o} "$d"/{quote(name)}'.encode()]
    collect = b""
    if payload.collect:
        words = " ".join(globbed(pattern, '"$d"/') for pattern in payload.collect)
        collect = COLLECT.replace("@PATTERNS@", words).replace("@LIMIT@", str(payload.collect_bytes)).encode()
    return _filled(
        MAIN, MARKER=marker, MARK=mark.encode(), PREPARE=b"\n".join(prepare), MEMBERS=MEMBERS_TEXT,
        RUN=payload.run.encode(), COLLECT=collect,
    )  # fmt: skip


def ender(marker: bytes, mark: str) -> bytes:
    """The program that ends what carries the word; it says how many there were."""
    return _filled(END_MARKED, MARKER=marker, MARK=mark.encode(), MEMBERS=MEMBERS_TEXT)


def globbed(pattern: str, folder: str) -> str:
    """A word of a shell in which * and ? mean something and nothing else does. A relative one lies in the folder."""
    words = "".join(part if part in {"*", "?"} else quote(part) for part in re.split(r"([*?])", pattern) if part)
    return words if pattern.startswith("/") else folder + words


def _filled(template: str, **values: bytes) -> bytes:
    def value(found: re.Match[bytes]) -> bytes:
        return values[found[1].decode()]

    # in one go: what is put in is not looked at again
    return re.sub(rb"@([A-Z]+)@", value, template.encode())


def _write(name: str, data: bytes) -> bytes:
    """Words that write a file, whatever is in it."""
    target = b'"$d"/' + quote(name).encode()
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    lines = [b"printf '" + b"".join(_octal(byte) for byte in piece) + b"' >> " + target for piece in pieces]
    return b"\n".join([b": > " + target, *lines])


MEMBERS_TEXT = FINISH.encode()
PLAIN = frozenset(b'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \t\n.,:;-_+=/()[]{}<>|&$#@!*?~^`"')
OCTAL = [bytes([byte]) if byte in PLAIN else f"\\{byte:03o}".encode() for byte in range(256)]


def _octal(byte: int) -> bytes:
    return OCTAL[byte]


def _legal(name: str) -> bool:
    return VARIABLE.match(name) is not None
