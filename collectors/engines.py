"""Which container engines a host has: the sockets that Docker and Podman listen at, and their programs.

Only looked at, never connected to. Root sees the sockets of every account, anybody else the common ones and its own.
`parse` gives facts; nothing here is a metric.
"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.figures import count, text

# a line for each thing that is there: "me UID NAME", "program NAME PATH", "socket KIND UID ACCESS PATH"; "member" where
# the account is in the group docker by now, whatever it was when it logged in
SCRIPT = r"""
LC_ALL=C; PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"; export LC_ALL PATH
me=$(id -u 2>/dev/null); me=${me:-0}; name=$(id -un 2>/dev/null)
printf 'me %s %s\n' "$me" "$name"
case " $(id -nG "$name" 2>/dev/null) " in *' docker '*) echo member ;; esac
for name in docker podman; do
  found=$(command -v "$name" 2>/dev/null) && [ -x "$found" ] && printf 'program %s %s\n' "$name" "$found"
done
look() {
  [ -S "$3" ] || return 0
  access=denied
  [ -r "$3" ] && [ -w "$3" ] && access=open
  printf 'socket %s %s %s %s\n' "$1" "$2" "$access" "$3"
}
if [ -S /run/docker.sock ]; then look docker 0 /run/docker.sock; else look docker 0 /var/run/docker.sock; fi
if [ -S /run/podman/podman.sock ] || [ ! -d /run/podman ]; then look podman 0 /run/podman/podman.sock
elif [ ! -x /run/podman ]; then printf 'socket podman 0 denied /run/podman/podman.sock\n'; fi
for folder in /run/user/*; do
  uid=${folder##*/}
  case $uid in *[!0-9]*) continue ;; esac
  [ "$me" = 0 ] || [ "$uid" = "$me" ] || continue
  look docker "$uid" "$folder/docker.sock"
  look podman "$uid" "$folder/podman/podman.sock"
done
if [ -n "$HOME" ] && [ ! -S "/run/user/$me/docker.sock" ]; then look docker "$me" "$HOME/.docker/run/docker.sock"; fi
exit 0
"""
TIMEOUT_S = 10.0
MOST = 64


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket that an engine listens at, or did. `uid`: whose engine it is, 0 for the machine's own."""

    kind: str
    uid: int
    path: str
    open: bool  # may the account use it?


@dataclass(frozen=True, slots=True)
class Engines:
    """What there is for the account that asks."""

    uid: int
    account: str
    programs: dict[str, str]
    member: bool  # of the group docker
    sockets: tuple[Socket, ...]


def parse(output: bytes) -> Engines:
    """What the script said. Raises ParseError for numbers that are none; lines that it does not know are left out."""
    uid, account, member = 0, "", False
    programs: dict[str, str] = {}
    sockets: dict[str, Socket] = {}
    for line in output.splitlines():
        word, _, rest = line.partition(b" ")
        if word == b"me":
            number, _, name = rest.partition(b" ")
            uid, account = count(number), text(name)
        elif line == b"member":
            member = True
        elif word == b"program":
            name, _, path = rest.partition(b" ")
            if name in {b"docker", b"podman"}:
                programs[name.decode()] = text(path)
        elif word == b"socket" and len(sockets) < MOST:
            parts = rest.split(b" ", 3)
            if len(parts) == 4 and parts[0] in {b"docker", b"podman"} and parts[3].startswith(b"/"):
                path_ = parts[3].decode("utf-8", "replace")
                sockets.setdefault(path_, Socket(parts[0].decode(), count(parts[1]), path_, parts[2] == b"open"))
    return Engines(uid, account, programs, member, tuple(sockets.values()))
